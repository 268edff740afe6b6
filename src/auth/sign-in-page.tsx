import { Notice } from "../pages/form-parts.tsx";
import { CREDENTIAL, PasskeyForm } from "../pages/passkey-form.tsx";
import type { AuthContext } from "./context.ts";
import { type Faults, faultsOf } from "./faults.ts";
import { FORM_TOKEN } from "./forms.ts";
import { secondFactorPath } from "./fresh-sign-in.ts";
import type { TooManyGuesses } from "./guesses.ts";
import { keptPath } from "./kept-path.ts";
import { acceptedForm, formPage } from "./pages.tsx";
import { newChallenge } from "./passkey-challenge.ts";
import { signInByPasskey, signInByPasskeyToo } from "./passkey-sign-in.ts";
import { findPerson } from "./people.ts";
import { EmailField, type FormContent, type FormView, PasswordField, PlainForm } from "./plain-form.tsx";
import { leadsToConsent, pathOf, returnQuery, returnToIn, toPath, toWantedPage, wantedPage } from "./return-to.ts";
import { CODE_FAULTS } from "./second-factor.ts";
import { codePage, passkeyFaults } from "./second-step-page.tsx";
import { cookiesIn } from "./sessions.ts";
import { type SignedIn, signInByCode, signInByPassword } from "./sign-in.ts";
import { touchOptions } from "./webauthn.ts";

const ADVICE = "Go back to the sign-in page, reload it and try again.";

/** `GET /sign-in`. */
export async function showSignIn(auth: AuthContext, request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url);
  // `mailed` comes from a mail, which carries no path: the one that its person came with waits in their browser.
  const returnTo = searchParams.has("mailed") ? keptPath(auth, request) : returnToIn(request);
  // `again` comes from a page that requires a fresh sign-in, so a signed-in person is asked too.
  if (!searchParams.has("again") && (await findPerson(auth, request))) return toWantedPage(auth, returnTo);
  return signInPage(auth, request, { returnTo, made: searchParams.has("made") });
}

/** `POST /sign-in`: a plain form, answered with a redirect or with the form and its faults. */
export async function submitSignIn(auth: AuthContext, request: Request): Promise<Response> {
  // Without the token another site could sign its visitor in to an account of the attacker's.
  const form = await acceptedForm(auth, request, { advice: ADVICE });
  if (form instanceof Response) return form;
  const typed = Object.fromEntries(form);
  const { returnTo = "", email = "" } = typed;
  const outcome = await signInByPassword(auth, request, typed);
  switch (outcome.kind) {
    case "invalid_fields":
    case "too_many_attempts":
      return signInPage(auth, request, { returnTo, email, faults: faultsOf(outcome) });
    case "too_many_guesses":
      return linkInsteadPage(auth, request, { returnTo, email, faults: tooManyGuesses(outcome) });
    case "wrong_password": {
      const fault = "The e-mail address or the password is wrong.";
      return signInPage(auth, request, { returnTo, email, faults: { status: 422, fault } });
    }
    case "code_needed":
      return codePage(auth, request, { returnTo, challenge: outcome.challenge });
    case "signed_in":
      return afterSignIn(auth, outcome, returnTo);
  }
}

/** Leads a person who has just signed in to the page that they wanted, or to the set-up that has to come first. */
export function afterSignIn(auth: AuthContext, { answer, lacksFactor }: SignedIn, returnTo: string): Response {
  const cookies = cookiesIn(answer);
  if (!lacksFactor) return toWantedPage(auth, returnTo, cookies);
  return toPath(auth, secondFactorPath(pathOf(wantedPage(auth, returnTo))), cookies);
}

/** `POST /sign-in/passkey`: the whole sign-in of a person whose device keeps a passkey for this site. */
export async function submitSignInPasskey(
  auth: AuthContext,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  const form = await acceptedForm(auth, request, { advice: ADVICE });
  if (form instanceof Response) return form;
  const returnTo = form.get("returnTo") ?? "";
  const sent = { formToken: form.get(FORM_TOKEN) ?? "", credential: form.get(CREDENTIAL) };
  const outcome = await signInByPasskey(auth, request, sent, context);
  if (outcome.kind === "signed_in") return toWantedPage(auth, returnTo, cookiesIn(outcome.answer));
  return signInPage(auth, request, { returnTo, faults: passkeyFaults(outcome) });
}

/** `POST /sign-in/code`: the second factor of a person whose password was right a moment ago, a code or a passkey. */
export async function submitSignInCode(
  auth: AuthContext,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  const form = await acceptedForm(auth, request, { advice: ADVICE });
  if (form instanceof Response) return form;
  const challenge = form.get("challenge") ?? "";
  const returnTo = form.get("returnTo") ?? "";
  const credential = form.get(CREDENTIAL);
  if (credential) {
    const outcome = await signInByPasskeyToo(auth, request, { challenge, credential }, context);
    if (outcome.kind === "signed_in") return toWantedPage(auth, returnTo, cookiesIn(outcome.answer));
    const faults = passkeyFaults(outcome);
    return outcome.kind === "challenge_over"
      ? signInPage(auth, request, { returnTo, faults })
      : codePage(auth, request, { returnTo, challenge, faults });
  }
  const outcome = await signInByCode(auth, request, challenge, form.get("code") ?? "");
  switch (outcome.kind) {
    case "signed_in":
      return toWantedPage(auth, returnTo, cookiesIn(outcome.answer));
    case "challenge_over": {
      const fault = "That took too long. Sign in again.";
      return signInPage(auth, request, { returnTo, faults: { status: 422, fault } });
    }
    case "wrong":
    case "no_recovery_code":
    case "locked":
      return codePage(auth, request, { returnTo, challenge, faults: CODE_FAULTS[outcome.kind] });
  }
}

function signInPage(
  auth: AuthContext,
  request: Request,
  { made = false, ...shown }: FormContent & { returnTo: string; made?: boolean },
): Promise<Response> {
  return formPage(auth, request, shown, (view) => ({
    title: "Sign in",
    passkeys: true,
    content: (
      <>
        <SignInForm view={view} made={made} />
        <PasskeySignIn auth={auth} view={view} />
        <WaysIn view={view} />
      </>
    ),
    formsMayLeave: leadsToConsent(auth, shown.returnTo),
  }));
}

/** E-mail and password. Works without scripts, and with a password manager. */
function SignInForm({ view, made }: { view: FormView; made: boolean }) {
  return (
    <>
      {made && <Notice kind="good">If that address had no account, it has one now. Sign in with your password.</Notice>}
      <PlainForm view={view} action="/sign-in" button="Sign in">
        <EmailField view={view} />
        <PasswordField view={view} />
      </PlainForm>
    </>
  );
}

/** The passkey that this browser keeps for this site, which names its person by itself. */
async function PasskeySignIn({ auth, view }: { auth: AuthContext; view: FormView }) {
  const options = await touchOptions(auth.publicUrl, newChallenge(auth, "sign-in", view.formToken), []);
  return (
    <PasskeyForm
      action="/sign-in/passkey"
      hidden={{ [FORM_TOKEN]: view.formToken, returnTo: view.returnTo ?? "" }}
      question={{ kind: "get", options }}
      button="Use a passkey"
      second
    />
  );
}

function WaysIn({ view }: { view: FormView }) {
  const query = returnQuery(view.returnTo);
  return (
    <>
      <p>
        <a href={`/forgot-password${query}`}>Forgot your password?</a>
      </p>
      <p>
        New here? <a href={`/sign-up${query}`}>Make an account</a>
      </p>
    </>
  );
}

const tooManyGuesses = ({ retryAfterSeconds }: TooManyGuesses): Faults => ({ status: 429, retryAfterSeconds });

/** The way in while an account's bound on guesses is met. It says the same of an address that has no account. */
function linkInsteadPage(
  auth: AuthContext,
  request: Request,
  shown: FormContent & { returnTo: string; email: string },
): Promise<Response> {
  return formPage(auth, request, shown, (view) => ({
    title: "Sign in by e-mail",
    passkeys: true,
    formsMayLeave: leadsToConsent(auth, shown.returnTo),
    content: (
      <>
        <p>
          Too many wrong passwords were typed for <strong>{shown.email}</strong>, perhaps by a stranger. For up to an
          hour no password is taken for it in this browser. We can mail you a link that signs you in instead.
        </p>
        <PlainForm view={view} action="/sign-in/link" button="Send the link" hidden={{ email: shown.email }} />
        <PasskeySignIn auth={auth} view={view} />
        <p>
          <a href={`/forgot-password${returnQuery(shown.returnTo)}`}>Forgot your password?</a>
        </p>
      </>
    ),
  }));
}
