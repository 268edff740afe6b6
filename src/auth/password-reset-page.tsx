import { eq } from "drizzle-orm";
import { guardChanged } from "../db/database.ts";
import { businesses } from "../db/schema/catalog.ts";
import { user } from "../db/schema/people.ts";
import { type Mailbox, mailLink } from "./asked-mails.ts";
import { auditOfOwner } from "./audit.ts";
import type { AuthContext } from "./context.ts";
import { resetFields } from "./credentials.ts";
import { dropFactors } from "./factors.ts";
import { faultsOf, readFields } from "./faults.ts";
import { signInPath } from "./fresh-sign-in.ts";
import { forgetPath, keptPath } from "./kept-path.ts";
import { submitLinkRequestOf } from "./link-request.tsx";
import { mailChangeNotice } from "./mails.ts";
import { addressSubject, readAddressSubject } from "./one-time-tokens.ts";
import { acceptedForm, businessPage, deadLinkPage, formPage, problemPage } from "./pages.tsx";
import { EmailField, type FormContent, PasswordField, PlainForm } from "./plain-form.tsx";
import { returnToIn } from "./return-to.ts";
import { resettingPassword } from "./set-password.ts";

/** `GET /forgot-password`. */
export async function showForgotten(auth: AuthContext, request: Request): Promise<Response> {
  if (auth.mail) return forgottenPage(auth, request, { returnTo: returnToIn(request) });
  const { rows } = await auth.db.read({
    rows: auth.db.build.select().from(businesses).where(eq(businesses.ownerUserId, auth.ownerUserId)),
  });
  const advice = rows[0] ? `write to ${rows[0].supportEmail}` : "ask the business";
  const detail = `No mail is sent from here. To get a new password, ${advice}.`;
  return problemPage(auth, 200, "Forgot your password?", detail);
}

/** `POST /forgot-password`. */
export function submitForgotten(auth: AuthContext, request: Request, context: ExecutionContext): Promise<Response> {
  const asked = {
    link: "a link to set a new password. The link works for 30 minutes.",
    show: (shown: FormContent) => forgottenPage(auth, request, shown),
    mail: (mailbox: Mailbox) => mailReset(auth, mailbox),
  };
  return submitLinkRequestOf(asked, auth, request, context);
}

/**
 * Mails the link where the address has an account with a password. The owner's address gets one only once it is confirmed:
 * an address that was mistyped at set-up would hand the business to a stranger.
 */
export async function mailReset(auth: AuthContext, mailbox: Mailbox): Promise<void> {
  const { person, email } = mailbox;
  if (!person?.hasPassword || (person.id === auth.ownerUserId && !person.emailVerified)) return;
  const asked = { purpose: "password-reset", subject: addressSubject({ userId: person.id, email }) } as const;
  await mailLink(auth, mailbox, asked, (token, within) => ({
    subject: "Set a new password",
    text: `We were asked for a new password for the account with this address. Set it here ${within}:\n\n${auth.publicUrl}/reset-password/${token}\n\nIf you did not ask for it, do nothing: your password stays as it is.\n`,
  }));
}

/** `GET /reset-password/{token}`. */
export async function showReset(auth: AuthContext, request: Request, token: string): Promise<Response> {
  if ((await auth.tokens.find("password-reset", token)) === undefined) return deadResetLink(auth);
  return newPasswordPage(auth, request, token, { returnTo: keptPath(auth, request) });
}

/** `POST /reset-password/{token}`: sets the password, once, and ends every session and connection of the account. */
export async function submitReset(
  auth: AuthContext,
  request: Request,
  token: string,
  context: ExecutionContext,
): Promise<Response> {
  const form = await acceptedForm(auth, request, { advice: "Open the link again." });
  if (form instanceof Response) return form;
  const returnTo = form.get("returnTo") ?? "";
  const typed = readFields(resetFields, { password: form.get("password") ?? "" });
  if (typed.kind === "invalid_fields") {
    return newPasswordPage(auth, request, token, { returnTo, faults: faultsOf(typed) });
  }
  const { userId, email } = readAddressSubject(await auth.tokens.find("password-reset", token));
  const { rows } = await auth.db.read({ rows: auth.db.build.select().from(user).where(eq(user.id, userId)) });
  const [person] = rows;
  const isOwner = person?.id === auth.ownerUserId;
  // The owner's address has to be confirmed here too: a set-up link that was used since the mail went out has taken the
  // account back from the reader of that mailbox.
  if (person?.email !== email || (isOwner && !person.emailVerified)) return deadResetLink(auth);
  const refused = await auth.db.tryCommit([
    auth.tokens.use("password-reset", token),
    guardChanged(auth.db, "link_used"),
    ...(await resettingPassword(auth, userId, typed.fields.password)),
    // An unconfirmed account can be a stranger's in the name of this address, and its second factors the stranger's too.
    ...(person.emailVerified ? [] : dropFactors(auth, userId)),
    auth.db.build.update(user).set({ emailVerified: true }).where(eq(user.id, userId)),
    ...auditOfOwner(auth, userId, {
      eventKind: "password_changed",
      summary: "The owner's password was set by a mailed link.",
    }),
  ]);
  if (refused) return deadResetLink(auth);
  context.waitUntil(mailChangeNotice(auth, { userId, email }, "Your password was changed"));
  return businessPage(auth, () => ({
    title: "Your password is set",
    headers: { "Set-Cookie": forgetPath(auth) },
    content: (
      <p>
        You were signed out everywhere, and your apps were disconnected. Connect them again when you need them.{" "}
        <a href={returnTo ? signInPath(returnTo) : "/sign-in"}>Sign in</a>
      </p>
    ),
  }));
}

function deadResetLink(auth: AuthContext): Promise<Response> {
  return deadLinkPage(auth, "Ask for a new one.");
}

function forgottenPage(auth: AuthContext, request: Request, shown: FormContent): Promise<Response> {
  return formPage(auth, request, shown, (view) => ({
    title: "Forgot your password?",
    content: (
      <PlainForm view={view} action="/forgot-password" button="Send the link">
        <p>Type the e-mail address of your account. We send you a link to set a new password.</p>
        <EmailField view={view} />
      </PlainForm>
    ),
  }));
}

function newPasswordPage(auth: AuthContext, request: Request, token: string, shown: FormContent): Promise<Response> {
  return formPage(auth, request, shown, (view) => ({
    title: "Set a new password",
    secretAddress: true,
    content: (
      <PlainForm view={view} action={`/reset-password/${token}`} button="Set the password">
        <PasswordField view={view} label="New password" chosen />
      </PlainForm>
    ),
  }));
}
