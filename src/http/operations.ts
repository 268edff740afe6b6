import { operation } from "../../resources/operation.ts";
import { getOperation } from "../../tools/get-operation.ts";
import { ROUTES } from "../commerce/routes.ts";
import type { Endpoint } from "../kernel/endpoint.ts";
import type { Site } from "../site.ts";
import { withBearer } from "./bearer.ts";
import { jsonResponse } from "./json.ts";

export const operationEndpoint: Endpoint = {
  id: "operation",
  method: "get",
  path: `${ROUTES.operations}/:id`,
  title: operation.title,
  description: "One confirmed write: status, proof, and its stored answer for the token that made it.",
  group: "Operations",
  caller: "token",
  scopes: operation.readers === "public" ? [] : operation.readers,
  params: { id: "operationId in the answer of a write" },
  answers: {
    200: {
      means: "How it stands",
      body: { mediaType: "application/json", name: "Operation", shape: getOperation.output },
    },
  },
  refusals: ["not_found"],
};

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
