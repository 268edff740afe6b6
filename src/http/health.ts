import * as z from "zod";
import { businessRow } from "../db/operations.ts";
import type { Endpoint } from "../kernel/endpoint.ts";
import type { Site } from "../site.ts";
import { jsonResponse } from "./json.ts";

/** Whether this deployment is ready, on the wire. */
export const readinessBody = {
  mediaType: "application/json",
  name: "Readiness",
  shape: z.object({ status: z.enum(["ok", "not_ready"]), detail: z.string().optional() }),
};

export const healthEndpoint: Endpoint = {
  id: "health",
  method: "get",
  path: "/health",
  title: "Health",
  description: "Whether this deployment is ready: its settings are read, and its business is in the database.",
  group: "Service",
  caller: "anyone",
  answers: { 200: { means: "Ready", body: readinessBody }, 503: { means: "Not ready, and why", body: readinessBody } },
  refusals: [],
};

/** `GET /health`: 200 when settings are read and the business is seeded. */
export async function serveHealth({ ctx }: Site): Promise<Response> {
  const { business } = await ctx.db.read({ business: businessRow(ctx) });
  return business.length === 1
    ? jsonResponse({ status: "ok" })
    : jsonResponse({ status: "not_ready", detail: "The business is not seeded." }, { status: 503 });
}
