import { securityHeaders } from "../http/security-headers.ts";
import type { AuthContext } from "./context.ts";
import { isSameOrigin } from "./forms.ts";
import { readJson } from "./read-body.ts";
import { type AttemptOutcome, answerChallenge, BY_INVITATION, submitSignIn, submitSignUp } from "./sign-in.tsx";

/**
 * `/api/auth/*` for scripts: sign in, sign up, sign out, and who is signed in. The library has more routes; none of
 * them is needed, so none is open.
 */
export async function serveJsonDoor(auth: AuthContext, request: Request, context: ExecutionContext): Promise<Response> {
  const answer = await route(auth, request, context);
  const headers = new Headers(answer.headers);
  for (const [name, value] of Object.entries(securityHeaders(auth.publicUrl))) headers.set(name, value);
  return new Response(answer.body, { status: answer.status, headers });
}

async function route(auth: AuthContext, request: Request, context: ExecutionContext): Promise<Response> {
  const path = new URL(request.url).pathname.slice("/api/auth/".length);
  switch (`${request.method} ${path}`) {
    case "GET get-session":
    case "POST sign-out":
      return auth.people.handler(request);
    case "POST sign-in/email":
      return submitJson(auth, request, context, submitSignIn);
    case "POST sign-up/email":
      return submitJson(auth, request, context, submitSignUp);
    default:
      return refusal(404, "NOT_FOUND", "There is nothing here.");
  }
}

async function submitJson(
  auth: AuthContext,
  request: Request,
  context: ExecutionContext,
  submit: typeof submitSignIn,
): Promise<Response> {
  // A browser announces itself with one of these headers: only our own pages may sign it in. Scripts send neither.
  const fromBrowser = request.headers.has("Origin") || request.headers.has("Sec-Fetch-Site");
  if (fromBrowser && !isSameOrigin(request, auth.publicUrl)) {
    return refusal(403, "INVALID_ORIGIN", "Sign-in is open to this site's own pages and to scripts.");
  }
  const body = await readJson(request);
  if (body === undefined) return refusal(415, "INVALID_BODY", "Send a small JSON object as application/json.");
  const outcome = await submit(auth, request, body, context);
  if (!("challenge" in outcome)) return rendered(outcome);
  const { code } = body as { code?: unknown };
  if (typeof code !== "string") {
    return refusal(401, "SECOND_FACTOR_REQUIRED", "Send the code of the second factor as `code` beside the password.");
  }
  const answered = await answerChallenge(auth, outcome.challenge, code);
  if (answered instanceof Response) return answered;
  return refusal(answered === "locked" ? 429 : 401, "SECOND_FACTOR_REFUSED", "That code is not taken.");
}

function rendered(outcome: Exclude<AttemptOutcome, { challenge: string }>): Response {
  if ("byInvitation" in outcome) return refusal(403, "BY_INVITATION", BY_INVITATION);
  if ("answer" in outcome) return outcome.answer;
  if ("errors" in outcome) {
    const [field = "", message = ""] = Object.entries(outcome.errors)[0] ?? [];
    return refusal(400, "INVALID_FIELD", message, { field });
  }
  const refused = refusal(429, "TOO_MANY_ATTEMPTS", "Too many attempts. Try again later.");
  refused.headers.set("Retry-After", String(outcome.retryAfterSeconds));
  return refused;
}

function refusal(status: number, code: string, message: string, more: Record<string, string> = {}): Response {
  return Response.json({ code, message, ...more }, { status });
}
