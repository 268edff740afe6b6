import { isClientId } from "./client-id.ts";
import { oauthError } from "./oauth-error.ts";

/**
 * A token or revocation request as the library takes it, or its refusal. `text` is the form in the body. A `client_id`
 * beside the same one in the Authorization header identifies the client and is no second method (RFC 6749 section 3.2.1);
 * with another id, or with a secret, the library refuses both. A scope of which no word is offered here is as none
 * named.
 */
export function tokenRequest(request: Request, text: string, offered: readonly string[]): Request | Response {
  const form = new URLSearchParams(text);
  const basic = basicClientId(request.headers.get("Authorization"));
  if (!clientIds(request, form).every(isClientId)) {
    const challenge: Record<string, string> =
      basic === undefined ? {} : { "WWW-Authenticate": 'Basic realm="OAuth", charset="UTF-8"' };
    return oauthError(401, "invalid_client", "Client not found", challenge);
  }
  const named = form.getAll("client_id");
  if (basic !== undefined && named.length === 1 && named[0] === basic && !form.get("client_secret")) {
    form.delete("client_id");
  }
  const scopes = form.get("scope")?.split(" ");
  if (scopes && !offered.some((scope) => scopes.includes(scope))) form.delete("scope");
  return new Request(request, { body: form.toString() });
}

/** Every id by which a request to the token endpoint names its client: in the header, the form, and a signed assertion. */
function clientIds(request: Request, form: URLSearchParams): string[] {
  const ids = [
    basicClientId(request.headers.get("Authorization")),
    ...form.getAll("client_id"),
    ...form.getAll("client_assertion").map(issuerOf),
  ];
  return ids.filter((id): id is string => typeof id === "string" && id !== "");
}

/** The client that HTTP Basic names, decoded as RFC 6749 section 2.3.1 says; undefined without one that can be read. */
function basicClientId(header: string | null): string | undefined {
  const encoded = /^basic[ \t]+(\S+)[ \t]*$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  try {
    const [id = ""] = atob(encoded).split(":", 1);
    return decodeURIComponent(id.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/** The unverified issuer of an assertion (RFC 7523), by which the library finds a client that sends no `client_id`. */
function issuerOf(assertion: string): string | undefined {
  try {
    const payload = (assertion.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const claims: unknown = JSON.parse(
      new TextDecoder().decode(Uint8Array.from(atob(payload), (c) => c.charCodeAt(0))),
    );
    const { iss } = Object(claims) as { iss?: unknown };
    return typeof iss === "string" ? iss : undefined;
  } catch {
    return undefined;
  }
}
