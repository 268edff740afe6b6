import { DAY_MS, isoTime } from "../base/time.ts";
import { businessRow } from "../db/operations.ts";
import type { Endpoint } from "../kernel/endpoint.ts";
import { securityHeaders } from "../pages/security-headers.ts";
import type { Site } from "../site.ts";
import { readinessBody } from "./health.ts";
import { jsonResponse } from "./json.ts";

/** Where a finder of a weakness looks for the business's address (RFC 9116). */
const SECURITY_TXT_PATH = "/.well-known/security.txt";

export const securityTxtEndpoint: Endpoint = {
  id: "security_txt",
  method: "get",
  path: SECURITY_TXT_PATH,
  title: "Address for reports of weaknesses",
  description: "Where to report a weakness, as RFC 9116 asks.",
  group: "Reading",
  caller: "anyone",
  answers: {
    200: { means: "The text", body: { mediaType: "text/plain" } },
    503: { means: "Not ready, and why", body: readinessBody },
  },
  refusals: [],
};

/** RFC 9116 section 2.5.5 asks for less than a year. A day's text stays the same. */
const GOOD_FOR_DAYS = 360;

/** `GET /.well-known/security.txt`: the business's own address, on the configured origin. */
export async function serveSecurityTxt({ ctx }: Site): Promise<Response> {
  const { business } = await ctx.db.read({ business: businessRow(ctx) });
  const [row] = business;
  if (!row) return jsonResponse({ status: "not_ready", detail: "The business is not seeded." }, { status: 503 });
  const today = Math.floor(ctx.clock.now() / DAY_MS);
  const lines = [
    `Contact: mailto:${row.supportEmail}`,
    `Expires: ${isoTime((today + GOOD_FOR_DAYS) * DAY_MS)}`,
    `Canonical: ${ctx.publicUrl}${SECURITY_TXT_PATH}`,
  ];
  return new Response(`${lines.join("\n")}\n`, {
    headers: {
      ...securityHeaders(ctx.publicUrl),
      "Content-Type": "text/plain; charset=utf-8",
      "Cache-Control": "public, max-age=3600",
    },
  });
}
