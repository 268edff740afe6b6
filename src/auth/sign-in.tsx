import { type CredentialsView, SignInForm, SignUpForm } from "../http/sign-in-page.tsx";
import { callerNetwork, type Limit } from "./attempts.ts";
import type { AuthContext } from "./context.ts";
import { type FieldErrors, fieldErrors, PASSWORD_MIN, signInFields, signUpFields } from "./credentials.ts";
import { businessPage, problemPage, seeOther } from "./pages.tsx";
import { findPerson } from "./people.ts";
import { readForm } from "./read-body.ts";
import { safeReturn } from "./return-to.ts";

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
  return credentialsPage(auth, kind, request, { returnTo });
}

/** `POST /sign-in` and `POST /sign-up`: a plain form, answered with a redirect or with the form and what is wrong. */
export async function submitCredentials(auth: AuthContext, kind: Kind, request: Request): Promise<Response> {
  const form = await readForm(request);
  // Without this another site could sign its visitor in to an account of the attacker's.
  if (!form || !auth.forms.accepts(request, form)) {
    return problemPage(auth, 403, "That form is out of date", "Go back to the sign-in page, reload it and try again.");
  }
  const typed = Object.fromEntries(form);
  const shown = { returnTo: typed.returnTo ?? "", email: typed.email ?? "", name: typed.name ?? "" };
  const again = (status: number, faults: { errors?: FieldErrors; fault?: string }, headers?: HeadersInit) =>
    credentialsPage(auth, kind, request, { ...shown, ...faults }, { status, headers });

  const outcome =
    kind === "sign-in" ? await submitSignIn(auth, request, typed) : await submitSignUp(auth, request, typed);
  if ("errors" in outcome) return again(422, outcome);
  if ("retryAfterSeconds" in outcome) {
    const wait = String(outcome.retryAfterSeconds);
    return again(429, { fault: `Too many attempts. Try again in ${wait} seconds.` }, { "Retry-After": wait });
  }
  if (!outcome.answer.ok) return again(422, { fault: faultOf(kind) });
  const headers = new Headers();
  for (const cookie of outcome.answer.headers.getSetCookie()) headers.append("Set-Cookie", cookie);
  return seeOther(auth.publicUrl, safeReturn(shown.returnTo, auth.publicUrl, HOME), headers);
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

/** What became of an attempt: faults to show, a wait, or the library's answer with its cookies. */
export type AttemptOutcome = { errors: FieldErrors } | { retryAfterSeconds: number } | { answer: Response };

/** Signs in within the limits on guessing: failures stay counted, successes do not. */
export async function submitSignIn(auth: AuthContext, request: Request, input: unknown): Promise<AttemptOutcome> {
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
  if (answer.ok) await auth.attempts.forgive(limits);
  return { answer: orThrow(answer) };
}

/** Makes an account and signs it in. Every attempt counts: each one stores a row or tells that an address is taken. */
export async function submitSignUp(auth: AuthContext, request: Request, input: unknown): Promise<AttemptOutcome> {
  const fields = signUpFields.safeParse(input);
  if (!fields.success) return { errors: fieldErrors(fields.error) };
  const key = `sign-up:network:${auth.keys.mac("rate-limit", callerNetwork(request))}`;
  const refused = await auth.attempts.begin([{ key, perMinute: SIGN_UPS_PER_NETWORK }]);
  if (refused) return refused;
  const answer = await auth.people.api.signUpEmail({ body: fields.data, headers: request.headers, asResponse: true });
  return { answer: orThrow(answer) };
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
    // A request to connect that turns out unfit is redirected to its client, right behind this form.
    formsMayLeave: new URL(safeReturn(shown.returnTo, auth.publicUrl, HOME)).pathname === "/authorize",
  }));
}
