import { securityHeaders } from "./security-headers.ts";

/** A redirect that a browser follows with GET, whatever it sent. `target` is absolute and already checked. */
export function seeOther(publicUrl: string, target: string, headers?: HeadersInit): Response {
  const all = new Headers(headers);
  for (const [name, value] of Object.entries(securityHeaders(publicUrl))) all.set(name, value);
  all.set("Location", target);
  return new Response(null, { status: 303, headers: all });
}
