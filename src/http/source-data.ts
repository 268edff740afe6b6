import { sha256 } from "../base/digest.ts";
import { businessRow } from "../db/operations.ts";
import type { Site } from "../site.ts";
import { jsonResponse } from "./json.ts";

/** A published document over HTTP, the same as its resource, with an ETag so that an unchanged one is not sent again. */
export async function serveDocument(uri: string, request: Request, { ctx }: Site): Promise<Response> {
  const body = JSON.stringify(await ctx.readResource(uri, null));
  const etag = `"${(await sha256(body)).slice(0, 32)}"`;
  const headers = {
    ETag: etag,
    "Cache-Control": "public, max-age=0, must-revalidate",
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
  };
  if (matches(request.headers.get("If-None-Match"), etag)) return new Response(null, { status: 304, headers });
  return new Response(body, { headers: { ...headers, "Content-Type": "application/json" } });
}

/** Weak comparison, as RFC 9110 section 13.1.2 asks of If-None-Match. */
function matches(header: string | null, etag: string): boolean {
  const tags = header?.split(",").map((tag) => tag.trim().replace(/^W\//, "")) ?? [];
  return tags.includes("*") || tags.includes(etag);
}

/** Whether the server can work: settings are read and the business is there. */
export async function serveHealth({ ctx }: Site): Promise<Response> {
  const { business } = await ctx.db.read({ business: businessRow(ctx) });
  return business.length === 1
    ? jsonResponse({ status: "ok" })
    : jsonResponse({ status: "not_ready", detail: "The business is not seeded." }, { status: 503 });
}
