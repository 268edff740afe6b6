import { type Mailbox, mailLink } from "./asked-mails.ts";
import type { AuthContext } from "./context.ts";
import { forgetPath, keptPath } from "./kept-path.ts";
import { submitLinkRequestOf } from "./link-request.tsx";
import { addressSubject, readAddressSubject } from "./one-time-tokens.ts";
import { acceptedForm, deadLinkPage, formPage } from "./pages.tsx";
import { mailReset } from "./password-reset-page.tsx";
import { EmailField, type FormContent, PlainForm } from "./plain-form.tsx";
import { leadsToConsent, returnToIn, toPath } from "./return-to.ts";
import { codePage } from "./second-step-page.tsx";
import { signInByLink } from "./sign-in.ts";
import { afterSignIn } from "./sign-in-page.tsx";

const ADVICE = "Ask for a new one.";

/** `GET /sign-in/link`: asks for the address that a link to sign in goes to. */
export async function showLinkRequest(auth: AuthContext, request: Request): Promise<Response> {
  return auth.mail ? requestPage(auth, request, { returnTo: returnToIn(request) }) : toPath(auth, "/sign-in");
}

/** `POST /sign-in/link`. */
export async function submitLinkRequest(
  auth: AuthContext,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  if (!auth.mail) return toPath(auth, "/sign-in");
  const asked = {
    link: "a link that signs you in. The link works once, for 30 minutes.",
    show: (shown: FormContent) => requestPage(auth, request, shown),
    mail: (mailbox: Mailbox) => mailSignIn(auth, mailbox),
  };
  return submitLinkRequestOf(asked, auth, request, context);
}

/**
 * Mails the link to a confirmed address. An account whose address is unconfirmed can be a stranger's in the name of this
 * address: its reader gets the link to set a new password, which ends what the stranger has.
 */
async function mailSignIn(auth: AuthContext, mailbox: Mailbox): Promise<void> {
  const { person, email } = mailbox;
  if (!person?.hasPassword) return;
  if (!person.emailVerified) return mailReset(auth, mailbox);
  const asked = { purpose: "sign-in", subject: addressSubject({ userId: person.id, email }) } as const;
  await mailLink(auth, mailbox, asked, (token, within) => ({
    subject: "Sign in",
    text: `We were asked for a link that signs you in to the account with this address. Use it ${within}:\n\n${auth.publicUrl}/sign-in/link/${token}\n\nIf you did not ask for it, do nothing, and give the link to no one.\n`,
  }));
}

/** `GET /sign-in/link/{token}`: a button, since mail scanners open links too. It names the account that it opens. */
export async function showSignInLink(auth: AuthContext, request: Request, token: string): Promise<Response> {
  const subject = await auth.tokens.find("sign-in", token);
  if (subject === undefined) return deadLinkPage(auth, ADVICE);
  const returnTo = keptPath(auth, request);
  return formPage(auth, request, { returnTo }, (view) => ({
    title: "Sign in",
    secretAddress: true,
    formsMayLeave: leadsToConsent(auth, returnTo),
    content: (
      <PlainForm view={view} action={`/sign-in/link/${token}`} button="Sign in">
        <p>
          This signs you in as <strong>{readAddressSubject(subject).email}</strong>.
        </p>
      </PlainForm>
    ),
  }));
}

/** `POST /sign-in/link/{token}`: opens a session as the password would; a second factor is still asked for. */
export async function submitSignInLink(auth: AuthContext, request: Request, token: string): Promise<Response> {
  const form = await acceptedForm(auth, request, { advice: "Open the link again." });
  if (form instanceof Response) return form;
  const returnTo = form.get("returnTo") ?? "";
  const outcome = await signInByLink(auth, request, token);
  switch (outcome.kind) {
    case "link_over":
      return deadLinkPage(auth, ADVICE);
    case "code_needed":
      return codePage(auth, request, { returnTo, challenge: outcome.challenge });
    case "signed_in": {
      const answer = afterSignIn(auth, outcome, returnTo);
      answer.headers.append("Set-Cookie", forgetPath(auth));
      return answer;
    }
  }
}

function requestPage(auth: AuthContext, request: Request, shown: FormContent): Promise<Response> {
  return formPage(auth, request, shown, (view) => ({
    title: "Sign in by e-mail",
    content: (
      <PlainForm view={view} action="/sign-in/link" button="Send the link">
        <p>Type the e-mail address of your account. We send you a link that signs you in.</p>
        <EmailField view={view} />
      </PlainForm>
    ),
  }));
}
