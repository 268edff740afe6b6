import { readJsonObject } from "../base/read-body.ts";
import { refusalOf } from "../base/refusal.ts";
import { recordClick } from "../commerce/affiliates/record-click.ts";
import type { Site } from "../site.ts";
import { jsonResponse, problemResponse } from "./json.ts";

const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "Idempotent-Replayed, Retry-After",
};

/** `POST /api/affiliates/clicks`: public, rate-limited, idempotent by the key in its body. */
export async function serveClick(request: Request, { ctx }: Site): Promise<Response> {
  try {
    await ctx.limits.checkNetwork("clicks", request);
    const { replayed, click } = await recordClick(await readJsonObject(request), request, ctx);
    const headers = { ...CORS, ...(replayed && { "Idempotent-Replayed": "true" }) };
    return jsonResponse({ duplicate: replayed, ...click }, { status: replayed ? 200 : 201, headers });
  } catch (thrown) {
    return problemResponse(refusalOf(thrown, "clicks", ctx.log), CORS);
  }
}
