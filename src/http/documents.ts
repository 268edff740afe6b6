import { sha256 } from "../base/digest.ts";
import type { Site } from "../site.ts";

/** `GET` of a published document: its resource over HTTP, with an ETag so that an unchanged document is not sent again. */
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
