import { Problem } from "../base/problem.ts";

/** An error of the OAuth endpoints (RFC 6749 section 5.2, RFC 7591 section 3.2.2), readable by a client in a browser. */
export function oauthError(
  status: number,
  error: string,
  description: string,
  headers: Record<string, string> = {},
): Response {
  return Response.json(
    { error, error_description: description },
    {
      status,
      headers: {
        "Cache-Control": "no-store",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Retry-After, WWW-Authenticate",
        ...headers,
      },
    },
  );
}

/**
 * "Not now": clients keep their tokens and tell the person. `server_error`, and an answer that is no OAuth error, make the
 * MCP SDKs of both ages begin a new sign-in instead.
 */
export function tryLater(status: 429 | 503, seconds: number, description: string): Response {
  return oauthError(status, "temporarily_unavailable", description, { "Retry-After": String(seconds) });
}

/** The answer to a caller who met a bound. */
export function tooOften({ details }: Problem): Response {
  return tryLater(429, details.retryAfterSeconds ?? 60, details.detail);
}

/** Runs a door of OAuth's, and answers a bound that it meets as OAuth does. */
export async function withinBounds(serve: () => Promise<Response>): Promise<Response> {
  try {
    return await serve();
  } catch (error) {
    if (error instanceof Problem && error.code === "rate_limited") return tooOften(error);
    throw error;
  }
}
