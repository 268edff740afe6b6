import type { Problem } from "../base/problem.ts";

/** JSON for machines: not cached unless `init` says so. */
export function jsonResponse(
  body: unknown,
  init: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return Response.json(body, {
    status: init.status ?? 200,
    headers: { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", ...init.headers },
  });
}

/** A refusal as problem details (RFC 9457) with our code and fields beside the standard ones. */
export function problemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
  const { title, ...members } = problem.body;
  const retry = problem.details.retryAfterSeconds;
  return jsonResponse(
    { type: "about:blank", title, status: problem.status, ...members },
    {
      status: problem.status,
      headers: {
        "Content-Type": "application/problem+json",
        ...(retry !== undefined && { "Retry-After": String(retry) }),
        ...headers,
      },
    },
  );
}
