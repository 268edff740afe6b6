import type { Site } from "../site.ts";
import { withBearer } from "./bearer.ts";
import { jsonResponse } from "./json.ts";

/** `GET /api/operations/{id}`: the resource of the same name over HTTP. */
export function serveOperation(
  id: string,
  request: Request,
  site: Site,
  execution: ExecutionContext,
): Promise<Response> {
  return withBearer("operation", request, site, execution, async (actor) => {
    await site.ctx.limits.actor(actor.id);
    return jsonResponse(await site.ctx.readResource(`commerce://operations/${encodeURIComponent(id)}`, actor));
  });
}
