import { readText } from "../base/read-body.ts";
import { destinationOf } from "./destination.ts";
import { oauthError } from "./oauth-error.ts";

/** More than a client says of itself, a picture in `logo_uri` included. */
const MAX_BYTES = 64 * 1024;
const GRANT_TYPES = ["authorization_code", "refresh_token"];
const RESPONSE_TYPES = ["code"];
/** Addresses that no page of ours shows and that are never fetched. */
const ADDRESSES = ["client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri"];

/**
 * A registration, narrowed to what this server does, as RFC 7591 section 2 allows; the library would refuse it whole. The
 * answer to the client tells what is registered. A method of authentication that isn't offered stays refused: another one
 * in its place could be weaker.
 */
export async function narrowRegistration(request: Request): Promise<Request | Response> {
  const text = await readText(request, MAX_BYTES);
  if (text === undefined) return refused("invalid_client_metadata", "The client metadata is too large");
  const metadata = jsonObject(text);
  if (!metadata) return refused("invalid_client_metadata", "The client metadata must be a JSON object");
  const named = Object.fromEntries(Object.entries(metadata).filter(([name, value]) => isNamed(name, value)));

  const uris = Array.isArray(named.redirect_uris) ? named.redirect_uris : [];
  const redirectUris = uris.filter((uri) => typeof uri === "string" && destinationOf(uri) !== undefined);
  if (redirectUris.length === 0) {
    return refused(
      "invalid_redirect_uri",
      "redirect_uris needs an https address, an http address of this computer, or a scheme of the app's own",
    );
  }
  const grantTypes = supported(named.grant_types, GRANT_TYPES);
  const responseTypes = supported(named.response_types, RESPONSE_TYPES);
  if (grantTypes?.includes("authorization_code") === false || responseTypes?.includes("code") === false) {
    return refused("invalid_client_metadata", "This server gives tokens by authorization_code with code");
  }
  return new Request(request, {
    body: JSON.stringify({
      ...named,
      redirect_uris: [...new Set(redirectUris)],
      grant_types: grantTypes,
      response_types: responseTypes,
    }),
  });
}

/**
 * False for what counts as left out: null, empty values, texts that are no web address where one belongs, and `contacts`,
 * which names people.
 */
function isNamed(name: string, value: unknown): boolean {
  if (value === null || value === "" || (Array.isArray(value) && value.length === 0)) return false;
  const [base = ""] = name.split("#");
  if (ADDRESSES.includes(base)) return typeof value === "string" && /^https?:\/\//i.test(value) && URL.canParse(value);
  return base !== "contacts";
}

/** The listed words that this server knows; undefined where the client lists none. */
function supported(listed: unknown, known: readonly string[]): readonly string[] | undefined {
  if (listed === undefined) return undefined;
  return Array.isArray(listed) ? known.filter((word) => listed.includes(word)) : [];
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function refused(error: "invalid_client_metadata" | "invalid_redirect_uri", description: string): Response {
  return oauthError(400, error, description);
}
