/** An error of the OAuth endpoints (RFC 6749 section 5.2, RFC 7591 section 3.2.2), readable by clients in a browser. */
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
