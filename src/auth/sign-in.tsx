import { eq } from "drizzle-orm";
import * as z from "zod";
import { GuardFailed, guardChanged } from "../db/database.ts";
import { session } from "../db/schema/people.ts";
import { type CredentialsView, SignInCodeForm, SignInForm, SignUpForm } from "../http/sign-in-page.tsx";
import { callerNetwork, type Limit } from "./attempts.ts";
import type { AuthContext } from "./context.ts";
import { type FieldErrors, fieldErrors, PASSWORD_MIN, signInFields, signUpFields } from "./credentials.ts";
import { businessPage, problemPage, seeOther } from "./pages.tsx";
import { findPerson } from "./people.ts";
import { readForm } from "./read-body.ts";
import { safeReturn } from "./return-to.ts";
import { type CodeOutcome, findSecondFactor, tryCode } from "./second-factor.ts";
import { findSignUpPolicy } from "./sign-up-policy.ts";
import { mailConfirmation } from "./verify-email.tsx";

type Kind = "sign-in" | "sign-up";

const HOME = "/account";
/** Guesses that may be wrong or under way for one account from one network in a minute, and for one network in all. */
const GUESSES_PER_ACCOUNT = 20;
const GUESSES_PER_NETWORK = 100;
const SIGN_UPS_PER_NETWORK = 60;

/** `GET /sign-in` and `GET /sign-up`. */
export async function showCredentials(auth: AuthContext, kind: Kind, request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const returnTo = searchParams.get("returnTo") ?? "";
  // A page that wants a fresh sign-in sends people here who are signed in already.
  const signedIn = !searchParams.has("again") && (await findPerson(auth.people, request, auth.ownerUserId));
  if (signedIn) {
    return seeOther(auth.publicUrl, safeReturn(returnTo, auth.publicUrl, HOME));
  }
  if (kind === "sign-in") return credentialsPage(auth, kind, request, { returnTo });
  const invitation = searchParams.get("invitation") ?? "";
  const email = invitation ? await auth.tokens.find("invitation", invitation) : undefined;
  if (email === undefined && (await findSignUpPolicy(auth)) === "by_invitation") {
    return problemPage(
      auth,
      403,
      "Accounts are made by invitation",
      "Ask the business for one. If you had one, it may have run out.",
    );
  }
  return credentialsPage(auth, kind, request, { returnTo, ...(email !== undefined && { email, invitation }) });
}

/** `POST /sign-in` and `POST /sign-up`: a plain form, answered with a redirect or with the form and what is wrong. */
export async function submitCredentials(
  auth: AuthContext,
  kind: Kind,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  const form = await readForm(request);
  // Without this another site could sign its visitor in to an account of the attacker's.
  if (!form || !auth.forms.accepts(request, form)) {
    return problemPage(auth, 403, "That form is out of date", "Go back to the sign-in page, reload it and try again.");
  }
  const typed = Object.fromEntries(form);
  const shown = {
    returnTo: typed.returnTo ?? "",
    email: typed.email ?? "",
    name: typed.name ?? "",
    invitation: typed.invitation ?? "",
  };
  const again = (status: number, faults: { errors?: FieldErrors; fault?: string }, headers?: HeadersInit) =>
    credentialsPage(auth, kind, request, { ...shown, ...faults }, { status, headers });

  const submit = kind === "sign-in" ? submitSignIn : submitSignUp;
  const outcome = await submit(auth, request, typed, context);
  if ("errors" in outcome) return again(422, outcome);
  if ("byInvitation" in outcome) return again(403, { fault: BY_INVITATION });
  if ("challenge" in outcome) return codePage(auth, request, { ...shown, challenge: outcome.challenge });
  if ("retryAfterSeconds" in outcome) {
    const wait = String(outcome.retryAfterSeconds);
    return again(429, { fault: `Too many attempts. Try again in ${wait} seconds.` }, { "Retry-After": wait });
  }
  if (!outcome.answer.ok) return again(422, { fault: faultOf(kind) });
  return signedIn(auth, outcome.answer, shown.returnTo);
}

/** `POST /sign-in/code`: the second factor of a person whose password was right a moment ago. */
export async function submitSignInCode(auth: AuthContext, request: Request): Promise<Response> {
  const form = await readForm(request);
  if (!form || !auth.forms.accepts(request, form)) {
    return problemPage(auth, 403, "That form is out of date", "Go back to the sign-in page, reload it and try again.");
  }
  const challenge = form.get("challenge") ?? "";
  const returnTo = form.get("returnTo") ?? "";
  const outcome = await answerChallenge(auth, challenge, form.get("code") ?? "");
  if (outcome instanceof Response) return signedIn(auth, outcome, returnTo);
  if (outcome === "over") {
    return credentialsPage(
      auth,
      "sign-in",
      request,
      { returnTo, fault: "That took too long. Sign in again." },
      { status: 422 },
    );
  }
  return codePage(auth, request, { returnTo, challenge, error: CODE_WORDS[outcome] }, outcome === "locked" ? 429 : 422);
}

/** Signs the person of a challenge in, if the code is right. `over`: the challenge is not, or no longer, good. */
export async function answerChallenge(
  auth: AuthContext,
  challenge: string,
  code: string,
): Promise<Response | "over" | Exclude<CodeOutcome, "right">> {
  const userId = await auth.tokens.find("second-factor", challenge);
  const factor = userId === undefined ? undefined : await findSecondFactor(auth, userId);
  if (userId === undefined || !factor) return "over";
  const outcome = await tryCode(auth, factor, code);
  if (outcome !== "right") return outcome;
  try {
    await auth.db.commit([auth.tokens.use("second-factor", challenge), guardChanged(auth.db, "challenge_used")]);
  } catch (error) {
    if (error instanceof GuardFailed) return "over";
    throw error;
  }
  return orThrow(await auth.people.api.openSession({ body: { userId }, asResponse: true }));
}

/** What is wrong with a code, in words. */
export const CODE_WORDS = {
  wrong: "That is not the code of this moment, and no recovery code that is left.",
  locked: "Too many wrong codes. Try again in a quarter of an hour.",
} as const satisfies Record<Exclude<CodeOutcome, "right">, string>;

export const BY_INVITATION =
  "Accounts are made by invitation here. Use the link of your invitation, with its e-mail address.";

function signedIn(auth: AuthContext, answer: Response, returnTo: string): Response {
  const headers = new Headers();
  for (const cookie of answer.headers.getSetCookie()) headers.append("Set-Cookie", cookie);
  return seeOther(auth.publicUrl, safeReturn(returnTo, auth.publicUrl, HOME), headers);
}

function codePage(
  auth: AuthContext,
  request: Request,
  view: { returnTo: string; challenge: string; error?: string },
  status = 200,
): Promise<Response> {
  const { token, cookie } = auth.forms.issue(request);
  return businessPage(auth, () => ({
    title: "One more step",
    content: <SignInCodeForm {...view} formToken={token} />,
    status,
    ...(cookie && { headers: { "Set-Cookie": cookie } }),
    formsMayLeave: leadsToConsent(view.returnTo, auth),
  }));
}

/** A request to connect that turns out unfit is redirected to its client, right behind this form. */
function leadsToConsent(returnTo: string, auth: AuthContext): boolean {
  return new URL(safeReturn(returnTo, auth.publicUrl, HOME)).pathname === "/authorize";
}

/** `POST /sign-out`. A form from a session that is over has nothing left to do. */
export async function submitSignOut(auth: AuthContext, request: Request): Promise<Response> {
  const form = await readForm(request);
  const person = await findPerson(auth.people, request, auth.ownerUserId);
  const target = safeReturn(form?.get("returnTo"), auth.publicUrl, "/sign-in");
  if (!person) return seeOther(auth.publicUrl, target);
  if (!form || !auth.forms.accepts(request, form, person)) {
    return problemPage(auth, 403, "That form is out of date", "Go back, reload the page and try again.");
  }
  const answer = await auth.people.api.signOut({ headers: request.headers, asResponse: true });
  const headers = new Headers();
  for (const cookie of answer.headers.getSetCookie()) headers.append("Set-Cookie", cookie);
  return seeOther(auth.publicUrl, target, headers);
}

/** What became of an attempt: faults to show, a wait, a second factor to ask for, or the library's answer with its cookies. */
export type AttemptOutcome =
  | { errors: FieldErrors }
  | { retryAfterSeconds: number }
  | { byInvitation: true }
  | { challenge: string }
  | { answer: Response };

/** Signs in within the limits on guessing: failures stay counted, successes do not. */
export async function submitSignIn(
  auth: AuthContext,
  request: Request,
  input: unknown,
  _context: ExecutionContext,
): Promise<AttemptOutcome> {
  const fields = signInFields.safeParse(input);
  if (!fields.success) return { errors: fieldErrors(fields.error) };
  const network = callerNetwork(request);
  const hashed = (text: string) => auth.keys.mac("rate-limit", text);
  const limits: Limit[] = [
    { key: `sign-in:account:${hashed(`${fields.data.email} ${network}`)}`, perMinute: GUESSES_PER_ACCOUNT },
    { key: `sign-in:network:${hashed(network)}`, perMinute: GUESSES_PER_NETWORK },
  ];
  const refused = await auth.attempts.begin(limits);
  if (refused) return refused;
  const answer = await auth.people.api.signInEmail({ body: fields.data, headers: request.headers, asResponse: true });
  if (!answer.ok) return { answer: orThrow(answer) };
  await auth.attempts.forgive(limits);
  const { token, user } = signedInBody.parse(await answer.clone().json());
  const factor = await findSecondFactor(auth, user.id);
  if (!factor?.confirmedAt) return { answer };
  // The library has opened a session already. Nobody was told of it, and nobody will be.
  await auth.db.commit([auth.db.build.delete(session).where(eq(session.token, token))]);
  return { challenge: await auth.tokens.issue("second-factor", user.id) };
}

const signedInBody = z.object({ token: z.string(), user: z.object({ id: z.string() }) });

/**
 * Makes an account and signs it in. Every attempt counts: each one stores a row or tells that an address is taken.
 * An invitation is used up by the account; until then it may be tried again.
 */
export async function submitSignUp(
  auth: AuthContext,
  request: Request,
  input: unknown,
  context: ExecutionContext,
): Promise<AttemptOutcome> {
  const fields = signUpFields.safeParse(input);
  if (!fields.success) return { errors: fieldErrors(fields.error) };
  const key = `sign-up:network:${auth.keys.mac("rate-limit", callerNetwork(request))}`;
  const refused = await auth.attempts.begin([{ key, perMinute: SIGN_UPS_PER_NETWORK }]);
  if (refused) return refused;
  const { invitation, ...body } = fields.data;
  const invited = invitation ? await auth.tokens.find("invitation", invitation) : undefined;
  if (invited !== body.email && (await findSignUpPolicy(auth)) === "by_invitation") return { byInvitation: true };
  const answer = await auth.people.api.signUpEmail({ body, headers: request.headers, asResponse: true });
  if (!answer.ok) return { answer: orThrow(answer) };
  if (invitation) await auth.db.commit([auth.tokens.use("invitation", invitation)]);
  const { user } = signedInBody.parse(await answer.clone().json());
  context.waitUntil(mailConfirmation(auth, { userId: user.id, email: body.email }));
  return { answer };
}

/** An answer of the library's in the 500s is a fault of ours, not of what was typed. */
function orThrow(answer: Response): Response {
  if (answer.status >= 500) throw new Error(`sign-in answered ${answer.status}`);
  return answer;
}

function faultOf(kind: Kind): string {
  return kind === "sign-in"
    ? "That e-mail address and password don't belong together."
    : "There is an account with that e-mail address already. Sign in instead.";
}

function credentialsPage(
  auth: AuthContext,
  kind: Kind,
  request: Request,
  shown: Omit<CredentialsView, "formToken">,
  { status = 200, headers }: { status?: number; headers?: HeadersInit | undefined } = {},
): Promise<Response> {
  const { token, cookie } = auth.forms.issue(request);
  const all = new Headers(headers);
  if (cookie) all.append("Set-Cookie", cookie);
  const view = { ...shown, formToken: token };
  return businessPage(auth, () => ({
    title: kind === "sign-in" ? "Sign in" : "Make an account",
    content: kind === "sign-in" ? <SignInForm {...view} /> : <SignUpForm {...view} passwordMin={PASSWORD_MIN} />,
    status,
    headers: all,
    formsMayLeave: leadsToConsent(shown.returnTo, auth),
  }));
}
