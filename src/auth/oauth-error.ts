/** An error of the OAuth endpoints (RFC 6749 section 5.2), readable by a client in a browser. */
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
        "Access-Control-Expose-Headers": "Retry-After",
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
