import * as z from "zod";
import { readJsonObject } from "../base/read-body.ts";
import { refusalOf } from "../base/refusal.ts";
import { clickAnswer, clickShape, recordClick } from "../commerce/affiliates/record-click.ts";
import { ROUTES } from "../commerce/routes.ts";
import type { Endpoint } from "../kernel/endpoint.ts";
import type { Site } from "../site.ts";
import { jsonResponse, problemResponse } from "./json.ts";

const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "Idempotent-Replayed, Retry-After",
};

const body = {
  mediaType: "application/json",
  name: "RecordedClick",
  shape: clickAnswer.extend({ duplicate: z.boolean() }),
};

export const clickEndpoint: Endpoint = {
  id: "record_click",
  method: "post",
  path: ROUTES.clicks,
  title: "Record click",
  description:
    "Records a visit through a referral link, once for each key of a visitor; give referralLinkId or code. It grants nothing. Address, browser and referrer are kept as keyed hashes only.",
  group: "Writes",
  caller: "anyone",
  body: { mediaType: "application/json", name: "ClickRequest", shape: clickShape },
  answers: {
    200: { means: "A replay: the click was recorded before", body, headers: { always: ["Idempotent-Replayed"] } },
    201: { means: "Recorded", body },
  },
  refusals: ["invalid_input", "idempotency_key_required", "not_found", "idempotency_conflict"],
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
