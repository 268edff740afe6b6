import { securityHeaders } from "./security-headers.ts";

/** A redirect that a browser follows with GET, after any method. `target` is checked already. */
export function seeOther(publicUrl: string, target: string, headers?: HeadersInit): Response {
  const all = new Headers(headers);
  for (const [name, value] of Object.entries(securityHeaders(publicUrl))) all.set(name, value);
  all.set("Location", target);
  return new Response(null, { status: 303, headers: all });
}

/** The same where the address before or after is a secret of the buyer's: the next request carries no referrer. */
export function seeOtherWithoutReferrer(publicUrl: string, target: string): Response {
  const response = seeOther(publicUrl, target);
  response.headers.set("Referrer-Policy", "no-referrer");
  return response;
}
