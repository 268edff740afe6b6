import type { AuthorizationErrorCode } from "@cloudflare/workers-oauth-provider";

/** Why an authorization request can't be answered, in words that hold nothing of the request. */
export interface RequestFault {
  readonly code: AuthorizationErrorCode;
  readonly words: string;
}

/** Parameters that a fault may name: any other name is the caller's text. */
const NAMED = [
  ...["client_id", "redirect_uri", "response_type", "scope", "state"],
  ...["code_challenge", "code_challenge_method", "prompt"],
];

/** The first fault that the parameters show by themselves. PKCE is required of every client (OAuth 2.1 section 4.1.1). */
export function requestFault(query: URLSearchParams): RequestFault | undefined {
  // RFC 6749 section 3.1. `resource` may be repeated (RFC 8707 section 2).
  const repeated = [...query.keys()].find((name) => name !== "resource" && query.getAll(name).length > 1);
  if (repeated !== undefined) {
    const what = NAMED.includes(repeated) ? repeated : "a parameter";
    return { code: "invalid_request", words: `The request names ${what} more than once.` };
  }
  const responseType = query.get("response_type") ?? "";
  if (responseType === "") return { code: "invalid_request", words: "The request lacks response_type." };
  if (responseType !== "code") {
    return { code: "unsupported_response_type", words: "The request asks for something else than a code." };
  }
  const challenge = query.get("code_challenge") ?? "";
  if (challenge === "") return { code: "invalid_request", words: "The request lacks PKCE (code_challenge)." };
  if (query.get("code_challenge_method") !== "S256") {
    return { code: "invalid_request", words: "The request uses PKCE by another method than S256." };
  }
  // The SHA-256 of a verifier (RFC 7636 section 4.2).
  if (!/^[\w-]{43}$/.test(challenge)) {
    return { code: "invalid_request", words: "The code_challenge of the request is not 43 characters of base64url." };
  }
  return undefined;
}

/** The fault behind a code of the library's, whose own description may quote the request. */
export function faultOfCode(code: AuthorizationErrorCode): RequestFault {
  const words =
    code === "invalid_target"
      ? "The request names a resource that is not here. There are /mcp and /api, each without a slash at its end."
      : "The request is not valid.";
  return { code, words };
}
