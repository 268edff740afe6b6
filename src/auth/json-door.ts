import * as z from "zod";
import { readJson } from "../base/read-body.ts";
import { securityHeaders } from "../pages/security-headers.ts";
import type { AuthContext } from "./context.ts";
import type { InvalidFields, TooManyAttempts } from "./faults.ts";
import { isSameOrigin } from "./forms.ts";
import { CODE_FAULTS } from "./second-factor.ts";
import { cookiesIn } from "./sessions.ts";
import { signInByCode, signInByPassword } from "./sign-in.ts";
import { signUp } from "./sign-up.ts";
import { TAKEN } from "./sign-up-page.tsx";

/** More than an address, a name, a password and a code. */
const MAX_BYTES = 16 * 1024;

/**
 * `/api/auth/*` for scripts: sign in, sign up, sign out, and who is signed in. The library's other
 * routes are closed.
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
      return whoIsSignedIn(inOurWords(await auth.people.handler(request)));
    case "POST sign-out":
      return inOurWords(await auth.people.handler(request));
    case "POST sign-in/email":
      return withJson(auth, request, (body) => signedIn(auth, request, body));
    case "POST sign-up/email":
      return withJson(auth, request, (body) => signedUp(auth, request, body, context));
    default:
      return refusal(404, "NOT_FOUND", "There is nothing here.");
  }
}

/** The person of a session, by an allow-list: the library's own answer holds the token of the session, and ids. */
const sessionShape = z.object({
  session: z.object({ expiresAt: z.string(), secondFactor: z.boolean() }),
  user: z.object({ name: z.string(), email: z.string(), emailVerified: z.boolean() }),
});

async function whoIsSignedIn(answer: Response): Promise<Response> {
  if (!answer.ok) return answer;
  return Response.json(sessionShape.nullable().parse(await answer.json()), { headers: cookiesIn(answer) });
}

/** A session that was opened. Its token is in the cookie alone. */
const opened = (answer: Response) => Response.json({ next: "signed-in" }, { headers: cookiesIn(answer) });

/** Replaces the library's refusals, which repeat the input. */
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
  const body = await readJson(request, MAX_BYTES);
  if (body === undefined) return refusal(415, "INVALID_BODY", "Send a small JSON object as application/json.");
  return answer(body);
}

async function signedIn(auth: AuthContext, request: Request, body: unknown): Promise<Response> {
  const outcome = await signInByPassword(auth, request, body);
  switch (outcome.kind) {
    case "invalid_fields":
    case "too_many_attempts":
      return refusalOf(outcome);
    case "too_many_guesses": {
      const words = "Too many wrong passwords for this address. Ask for a link by e-mail at /sign-in/link.";
      return later(outcome.retryAfterSeconds, "TOO_MANY_GUESSES", words);
    }
    case "wrong_password":
      return outcome.answer;
    case "signed_in":
      return opened(outcome.answer);
    case "code_needed":
      return signedInByCode(auth, request, outcome.challenge, (body as { code?: unknown }).code);
  }
}

async function signedInByCode(
  auth: AuthContext,
  request: Request,
  challenge: string,
  code: unknown,
): Promise<Response> {
  if (typeof code !== "string") {
    return refusal(401, "SECOND_FACTOR_REQUIRED", "Send the code of the second factor as `code` beside the password.");
  }
  const outcome = await signInByCode(auth, request, challenge, code);
  switch (outcome.kind) {
    case "signed_in":
      return opened(outcome.answer);
    case "wrong":
    case "no_recovery_code":
    case "challenge_over":
      return refusal(401, "SECOND_FACTOR_REFUSED", "That code is not accepted.");
    case "locked":
      return later(CODE_FAULTS.locked.retryAfterSeconds ?? 60, "SECOND_FACTOR_REFUSED", "That code is not accepted.");
  }
}

async function signedUp(
  auth: AuthContext,
  request: Request,
  body: unknown,
  context: ExecutionContext,
): Promise<Response> {
  const outcome = await signUp(auth, request, body, context);
  switch (outcome.kind) {
    case "invalid_fields":
    case "too_many_attempts":
      return refusalOf(outcome);
    case "by_invitation":
      return refusal(403, "BY_INVITATION", "Send the token of an invitation with the e-mail address it was sent to.");
    case "taken":
      return refusal(422, "TAKEN", TAKEN);
    case "link_mailed":
      return Response.json({ next: "mail" });
    case "sign_in_next":
      return Response.json({ next: "sign-in" });
    case "signed_in":
      return opened(outcome.answer);
  }
}

function refusalOf(outcome: InvalidFields | TooManyAttempts): Response {
  switch (outcome.kind) {
    case "invalid_fields": {
      const [field = "", message = ""] = Object.entries(outcome.errors)[0] ?? [];
      return refusal(400, "INVALID_FIELD", message, { field });
    }
    case "too_many_attempts":
      return later(outcome.retryAfterSeconds, "TOO_MANY_ATTEMPTS", "Too many attempts. Try again later.");
  }
}

function later(seconds: number, code: string, message: string): Response {
  const refused = refusal(429, code, message);
  refused.headers.set("Retry-After", String(seconds));
  return refused;
}

function refusal(status: number, code: string, message: string, more: Record<string, string> = {}): Response {
  return Response.json({ code, message, ...more }, { status });
}
