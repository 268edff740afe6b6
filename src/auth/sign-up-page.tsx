import { LAST_LINK } from "./asked-mails.ts";
import type { AuthContext } from "./context.ts";
import { withCookie } from "./cookies.ts";
import { type Faults, faultsOf } from "./faults.ts";
import { signInPath } from "./fresh-sign-in.ts";
import { forgetPath, keepPath, keptPath } from "./kept-path.ts";
import { acceptedForm, businessPage, deadLinkPage, formPage, problemPage } from "./pages.tsx";
import { findPerson } from "./people.ts";
import { EmailField, type FormContent, type FormView, NameField, PasswordField, PlainForm } from "./plain-form.tsx";
import { leadsToConsent, returnQuery, returnToIn, toPath, toWantedPage } from "./return-to.ts";
import { cookiesIn } from "./sessions.ts";
import { findInvited, signUp } from "./sign-up.ts";
import { findSignUpPolicy } from "./sign-up-policy.ts";

/** For the holder of a link to an address that has an account already, on the page and at the JSON door. */
export const TAKEN = "There is an account with that e-mail address already. Sign in instead.";

/** `GET /sign-up`: the whole form for the holder of a link, or where no mail is sent; otherwise a form that asks for the address. */
export async function showSignUp(auth: AuthContext, request: Request): Promise<Response> {
  const invitation = new URL(request.url).searchParams.get("invitation") ?? "";
  const returnTo = invitation ? keptPath(auth, request) : returnToIn(request);
  if (await findPerson(auth, request)) return toWantedPage(auth, returnTo);
  const invited = await findInvited(auth, invitation);
  if (invited) return signUpPage(auth, request, { returnTo, email: invited.email, invitation });
  if (invitation || (await findSignUpPolicy(auth)) === "by_invitation") return byInvitationPage(auth, invitation);
  return signUpPage(auth, request, { returnTo });
}

/** `POST /sign-up`: answers the same for an address that has an account as for one that has none. */
export async function submitSignUp(auth: AuthContext, request: Request, context: ExecutionContext): Promise<Response> {
  const form = await acceptedForm(auth, request);
  if (form instanceof Response) return form;
  const typed = Object.fromEntries(form);
  const { returnTo = "", email = "", name = "", invitation = "" } = typed;
  const again = (faults: Faults) => signUpPage(auth, request, { returnTo, email, name, invitation, faults });
  const outcome = await signUp(auth, request, typed, context);
  switch (outcome.kind) {
    case "invalid_fields":
    case "too_many_attempts":
      return again(faultsOf(outcome));
    case "by_invitation":
      return byInvitationPage(auth, invitation);
    case "taken":
      return again({ status: 422, fault: TAKEN });
    case "signed_in":
      return toWantedPage(auth, returnTo, cookiesIn(withCookie(outcome.answer, forgetPath(auth))));
    case "sign_in_next":
      return toPath(auth, `${signInPath(returnTo)}&made=1`);
    case "link_mailed":
      return businessPage(auth, () => ({
        title: "Check your e-mail",
        headers: { "Set-Cookie": keepPath(auth, returnTo) },
        content: (
          <>
            <p>We have sent a message to {email.trim().toLowerCase()}. The link in it works for one day.</p>
            <p>{LAST_LINK}</p>
          </>
        ),
      }));
  }
}

function byInvitationPage(auth: AuthContext, invitation: string): Promise<Response> {
  if (invitation) return deadLinkPage(auth, "It may also be for another e-mail address. Ask for a new one.", 403);
  const detail = "Accounts here are made by invitation only. Ask the business for one.";
  return problemPage(auth, 403, "You need an invitation", detail);
}

type Shown = FormContent & { readonly returnTo: string; readonly invitation?: string };

function signUpPage(auth: AuthContext, request: Request, { invitation = "", ...shown }: Shown): Promise<Response> {
  return formPage(auth, request, shown, (view) => ({
    title: "Make an account",
    content: (
      <>
        {auth.mail && !invitation ? <AddressForm view={view} /> : <AccountForm view={view} invitation={invitation} />}
        <p>
          Have an account? <a href={`/sign-in${returnQuery(shown.returnTo)}`}>Sign in</a>
        </p>
      </>
    ),
    secretAddress: invitation !== "",
    formsMayLeave: leadsToConsent(auth, shown.returnTo),
  }));
}

/** A new person's name and password. The holder of a link has the address that it was sent to. */
function AccountForm({ view, invitation }: { view: FormView; invitation: string }) {
  return (
    <PlainForm
      view={view}
      action="/sign-up"
      button="Make an account"
      {...(invitation && { hidden: { invitation, email: view.email ?? "" } })}
    >
      {invitation && (
        <p>
          Your e-mail address: <strong>{view.email}</strong>
        </p>
      )}
      <NameField view={view} />
      {!invitation && <EmailField view={view} />}
      <PasswordField view={view} chosen />
    </PlainForm>
  );
}

/** The address that the link to a new account goes to. */
function AddressForm({ view }: { view: FormView }) {
  return (
    <PlainForm view={view} action="/sign-up" button="Send the link">
      <p>Type your e-mail address. We send you a link to make your account.</p>
      <EmailField view={view} />
    </PlainForm>
  );
}
