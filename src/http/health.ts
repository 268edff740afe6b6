import { businessRow } from "../db/operations.ts";
import type { Site } from "../site.ts";
import { jsonResponse } from "./json.ts";

/** `GET /health`: 200 when settings are read and the business is seeded. */
export async function serveHealth({ ctx }: Site): Promise<Response> {
  const { business } = await ctx.db.read({ business: businessRow(ctx) });
  return business.length === 1
    ? jsonResponse({ status: "ok" })
    : jsonResponse({ status: "not_ready", detail: "The business is not seeded." }, { status: 503 });
}
