import { readJsonObject } from "../base/read-body.ts";
import { securityHeaders } from "../pages/security-headers.ts";
import type { AuthContext } from "./context.ts";
import { isSameOrigin } from "./forms.ts";
import { answerChallenge, type SignInOutcome, submitSignIn } from "./sign-in-page.tsx";
import { BY_INVITATION, type SignUpOutcome, submitSignUp, TAKEN } from "./sign-up-page.tsx";

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
      return inOurWords(await auth.people.handler(request));
    case "POST sign-in/email":
      return withJson(auth, request, (body) => signIn(auth, request, body));
    case "POST sign-up/email":
      return withJson(auth, request, async (body) => signedUp(await submitSignUp(auth, request, body, context)));
    default:
      return refusal(404, "NOT_FOUND", "There is nothing here.");
  }
}

/** The library's refusals quote what they were sent. */
function inOurWords(answer: Response): Response {
  if (answer.ok) return answer;
  return refusal(answer.status, "REFUSED", "Send a small JSON object as application/json, from this site's own pages.");
}

async function withJson(
  auth: AuthContext,
  request: Request,
  answer: (body: unknown) => Promise<Response>,
): Promise<Response> {
  // A browser announces itself with one of these headers: only our own pages may sign it in. Scripts send neither.
  const fromBrowser = request.headers.has("Origin") || request.headers.has("Sec-Fetch-Site");
  if (fromBrowser && !isSameOrigin(request, auth.publicUrl)) {
    return refusal(403, "INVALID_ORIGIN", "Sign-in is open to this site's own pages and to scripts.");
  }
  const body = await readJsonObject(request).catch(() => undefined);
  if (body === undefined) return refusal(415, "INVALID_BODY", "Send a small JSON object as application/json.");
  return answer(body);
}

async function signIn(auth: AuthContext, request: Request, body: unknown): Promise<Response> {
  const outcome = await submitSignIn(auth, request, body);
  if ("answer" in outcome) return outcome.answer;
  if ("refused" in outcome) return outcome.refused;
  if (!("challenge" in outcome)) return faulty(outcome);
  const { code } = body as { code?: unknown };
  if (typeof code !== "string") {
    return refusal(401, "SECOND_FACTOR_REQUIRED", "Send the code of the second factor as `code` beside the password.");
  }
  const answered = await answerChallenge(auth, request, outcome.challenge, code);
  if (answered instanceof Response) return answered;
  return refusal(answered === "locked" ? 429 : 401, "SECOND_FACTOR_REFUSED", "That code is not taken.");
}

function signedUp(outcome: SignUpOutcome): Response {
  if ("answer" in outcome) return outcome.answer;
  if ("byInvitation" in outcome) return refusal(403, "BY_INVITATION", BY_INVITATION);
  if ("taken" in outcome) return refusal(422, "TAKEN", TAKEN);
  if ("next" in outcome) return Response.json(outcome);
  return faulty(outcome);
}

type Faulty = Extract<SignInOutcome, { errors: unknown } | { retryAfterSeconds: number }>;

function faulty(outcome: Faulty): Response {
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
