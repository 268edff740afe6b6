import { eq } from "drizzle-orm";
import * as z from "zod";
import { GuardFailed, guardChanged } from "../db/database.ts";
import { session } from "../db/schema/people.ts";
import { readForm } from "../pages/read-form.ts";
import { seeOther } from "../pages/see-other.ts";
import { callerNetwork, type Limit } from "./attempts.ts";
import type { AuthContext } from "./context.ts";
import { type FieldErrors, fieldErrors, signInFields } from "./credentials.ts";
import { type FormView, SignInCodeForm, SignInForm } from "./form-parts.tsx";
import { secondFactorPath } from "./fresh-sign-in.ts";
import { acceptedForm, businessPage } from "./pages.tsx";
import { findPerson } from "./people.ts";
import { pathOf, safeReturn } from "./return-to.ts";
import { type CodeOutcome, findSecondFactor, tryCode } from "./second-factor.ts";
import { cookiesIn, endSessionOf, openedAnswer, openingSession } from "./sessions.ts";

const HOME = "/account";
/** Guesses that may be wrong or under way for one account from one network in a minute, and for one network in all. */
const GUESSES_PER_ACCOUNT = 20;
const GUESSES_PER_NETWORK = 100;
const ADVICE = "Go back to the sign-in page, reload it and try again.";

/** `GET /sign-in`. */
export async function showSignIn(auth: AuthContext, request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const returnTo = searchParams.get("returnTo") ?? "";
  // A page that wants a fresh sign-in sends people here who are signed in already.
  if (!searchParams.has("again") && (await findPerson(auth, request))) return goOn(auth, returnTo);
  return signInPage(auth, request, { returnTo, made: searchParams.has("made") });
}

/** `POST /sign-in`: a plain form, answered with a redirect or with the form and what is wrong. */
export async function submitSignInForm(auth: AuthContext, request: Request): Promise<Response> {
  // Without the token another site could sign its visitor in to an account of the attacker's.
  const form = await acceptedForm(auth, request, { advice: ADVICE });
  if (form instanceof Response) return form;
  const typed = Object.fromEntries(form);
  const returnTo = typed.returnTo ?? "";
  const shown = { returnTo, email: typed.email ?? "" };
  const outcome = await submitSignIn(auth, request, typed);
  if ("errors" in outcome) return signInPage(auth, request, { ...shown, errors: outcome.errors }, 422);
  if ("challenge" in outcome) return codePage(auth, request, { returnTo, challenge: outcome.challenge });
  if ("retryAfterSeconds" in outcome) return waitPage(auth, request, shown, outcome.retryAfterSeconds);
  if ("refused" in outcome) {
    const fault = "That e-mail address and password don't belong together.";
    return signInPage(auth, request, { ...shown, fault }, 422);
  }
  // The owner's first way is to the factor that their authority takes, and from there to where they were going.
  const target = outcome.owesFactor ? secondFactorPath(pathOf(new URL(targetOf(auth, returnTo)))) : returnTo;
  return goOn(auth, target, cookiesIn(outcome.answer));
}

/** `POST /sign-in/code`: the second factor of a person whose password was right a moment ago. */
export async function submitSignInCode(auth: AuthContext, request: Request): Promise<Response> {
  const form = await acceptedForm(auth, request, { advice: ADVICE });
  if (form instanceof Response) return form;
  const challenge = form.get("challenge") ?? "";
  const returnTo = form.get("returnTo") ?? "";
  const outcome = await answerChallenge(auth, request, challenge, form.get("code") ?? "");
  if (outcome instanceof Response) return goOn(auth, returnTo, cookiesIn(outcome));
  if (outcome === "over") {
    return signInPage(auth, request, { returnTo, fault: "That took too long. Sign in again." }, 422);
  }
  return codePage(auth, request, { returnTo, challenge, error: CODE_WORDS[outcome] }, outcome === "locked" ? 429 : 422);
}

/** Signs the person of a challenge in, if the code is right. `over`: the challenge is not, or no longer, good. */
export async function answerChallenge(
  auth: AuthContext,
  request: Request,
  challenge: string,
  code: string,
): Promise<Response | "over" | Exclude<CodeOutcome, "right">> {
  const userId = await auth.tokens.find("second-factor", challenge);
  const factor = userId === undefined ? undefined : await findSecondFactor(auth, userId);
  if (userId === undefined || !factor) return "over";
  const limits = [networkLimit(auth, request)];
  if (await auth.attempts.begin(limits)) return "locked";
  const outcome = await tryCode(auth, factor, code);
  if (outcome !== "right") return outcome;
  const opening = openingSession(auth, userId, true);
  try {
    await auth.db.commit([
      auth.tokens.use("second-factor", challenge),
      guardChanged(auth.db, "challenge_used"),
      ...opening.statements,
    ]);
  } catch (error) {
    if (error instanceof GuardFailed) return "over";
    throw error;
  }
  await auth.attempts.forgive(limits);
  await endSessionOf(auth, request);
  return openedAnswer(auth, opening.token);
}

/** What is wrong with a code, in words. */
export const CODE_WORDS = {
  wrong: "That is not the code of this moment, and no recovery code that is left.",
  locked: "Too many wrong codes. Use a recovery code, or try again in a quarter of an hour.",
} as const satisfies Record<Exclude<CodeOutcome, "right">, string>;

/** `POST /sign-out`. A form from a session that is over has nothing left to do. */
export async function submitSignOut(auth: AuthContext, request: Request): Promise<Response> {
  const person = await findPerson(auth, request);
  if (!person) {
    const form = await readForm(request);
    const returnTo = form === "too long" ? undefined : form?.fields.get("returnTo");
    return seeOther(auth.publicUrl, safeReturn(returnTo, auth.publicUrl, "/sign-in"));
  }
  const form = await acceptedForm(auth, request, { session: person });
  if (form instanceof Response) return form;
  const answer = await auth.people.api.signOut({ headers: request.headers, asResponse: true });
  const target = safeReturn(form.get("returnTo"), auth.publicUrl, "/sign-in");
  return seeOther(auth.publicUrl, target, cookiesIn(answer));
}

/** What became of an attempt: faults to show, a wait, a no, a second factor to ask for, or the answer with its cookies. */
export type SignInOutcome =
  | { errors: FieldErrors }
  | { retryAfterSeconds: number }
  | { refused: Response }
  | { challenge: string }
  | { answer: Response; owesFactor: boolean };

/** Signs in within the limits on guessing: failures stay counted, successes do not. */
export async function submitSignIn(auth: AuthContext, request: Request, input: unknown): Promise<SignInOutcome> {
  const fields = signInFields.safeParse(input);
  if (!fields.success) return { errors: fieldErrors(fields.error) };
  const limits = guessLimits(auth, request, fields.data.email);
  const refused = await auth.attempts.begin(limits);
  if (refused) return refused;
  const answer = await auth.people.api.signInEmail({ body: fields.data, headers: request.headers, asResponse: true });
  // An answer in the 500s is a fault of ours, not of what was typed.
  if (answer.status >= 500) throw new Error(`sign-in answered ${answer.status}`);
  if (!answer.ok) return { refused: answer };
  await auth.attempts.forgive(limits);
  const { token, user } = signedInBody.parse(await answer.clone().json());
  const factor = await findSecondFactor(auth, user.id);
  if (factor) {
    // The library has opened a session already. Nobody was told of it, and nobody will be.
    await auth.db.commit([auth.db.build.delete(session).where(eq(session.token, token))]);
    return { challenge: await auth.tokens.issue("second-factor", user.id) };
  }
  await endSessionOf(auth, request);
  return { answer, owesFactor: auth.ownerNeedsFactor && user.id === auth.ownerUserId };
}

const signedInBody = z.object({ token: z.string(), user: z.object({ id: z.string() }) });

/** What bounds guesses at a password. By account and network, so that nobody keeps a person out from elsewhere. */
export function guessLimits(auth: AuthContext, request: Request, email: string): Limit[] {
  const key = auth.keys.mac("rate-limit", `${email} ${callerNetwork(request)}`);
  return [{ key: `sign-in:account:${key}`, perMinute: GUESSES_PER_ACCOUNT }, networkLimit(auth, request)];
}

function networkLimit(auth: AuthContext, request: Request): Limit {
  const key = auth.keys.mac("rate-limit", callerNetwork(request));
  return { key: `sign-in:network:${key}`, perMinute: GUESSES_PER_NETWORK };
}

/** On to where the person was going. */
export function goOn(auth: AuthContext, returnTo: string, headers?: Headers): Response {
  return seeOther(auth.publicUrl, targetOf(auth, returnTo), headers);
}

const targetOf = (auth: AuthContext, returnTo: string) => safeReturn(returnTo, auth.publicUrl, HOME);

/** A request to connect that turns out unfit is redirected to its client, right behind this form. */
export function leadsToConsent(auth: AuthContext, returnTo: string): boolean {
  return new URL(targetOf(auth, returnTo)).pathname === "/authorize";
}

type Shown = Omit<FormView, "formToken"> & { returnTo: string };

function signInPage(
  auth: AuthContext,
  request: Request,
  { made = false, ...shown }: Shown & { made?: boolean },
  status = 200,
  headers = new Headers(),
): Promise<Response> {
  const { token, cookie } = auth.forms.issue(request);
  if (cookie) headers.append("Set-Cookie", cookie);
  return businessPage(auth, () => ({
    title: "Sign in",
    content: <SignInForm view={{ ...shown, formToken: token }} made={made} />,
    status,
    headers,
    formsMayLeave: leadsToConsent(auth, shown.returnTo),
  }));
}

function waitPage(auth: AuthContext, request: Request, shown: Shown, seconds: number): Promise<Response> {
  const fault = `Too many attempts. Try again in ${seconds} seconds.`;
  return signInPage(auth, request, { ...shown, fault }, 429, new Headers({ "Retry-After": String(seconds) }));
}

function codePage(
  auth: AuthContext,
  request: Request,
  { challenge, error, returnTo }: { returnTo: string; challenge: string; error?: string },
  status = 200,
): Promise<Response> {
  const { token, cookie } = auth.forms.issue(request);
  const view = { formToken: token, returnTo, ...(error && { errors: { code: error } }) };
  return businessPage(auth, () => ({
    title: "One more step",
    content: <SignInCodeForm view={view} challenge={challenge} />,
    status,
    ...(cookie && { headers: { "Set-Cookie": cookie } }),
    formsMayLeave: leadsToConsent(auth, returnTo),
  }));
}
