import { and, eq } from "drizzle-orm";
import { GuardFailed, guardChanged } from "../db/database.ts";
import { businesses } from "../db/schema/catalog.ts";
import { account, user } from "../db/schema/people.ts";
import { callerNetwork } from "./attempts.ts";
import { auditOfOwner } from "./audit.ts";
import type { AuthContext } from "./context.ts";
import { addressFields, fieldErrors, resetFields } from "./credentials.ts";
import { ForgottenForm, type FormView, NewPasswordForm } from "./form-parts.tsx";
import { signInPath } from "./fresh-sign-in.ts";
import { mailNote, sendOrLog } from "./mails.ts";
import { acceptedForm, businessPage, problemPage } from "./pages.tsx";
import { dropSecondFactor } from "./second-factor.ts";
import { resetCredential } from "./set-password.ts";

const ASKS_PER_ADDRESS = 3;
const ASKS_PER_NETWORK = 20;

/** `GET /forgot-password`. */
export async function showForgotten(auth: AuthContext, request: Request): Promise<Response> {
  if (!auth.mail) {
    const { rows } = await auth.db.read({
      rows: auth.db.build.select().from(businesses).where(eq(businesses.ownerUserId, auth.ownerUserId)),
    });
    const whom = rows[0] ? `write to ${rows[0].supportEmail}` : "ask the business";
    return problemPage(auth, 200, "Forgot your password?", `No mail is sent from here. To get in again, ${whom}.`);
  }
  return forgottenPage(auth, request, { returnTo: returnToOf(request) });
}

/** `POST /forgot-password`: says the same, as quickly, whether there is such an account or not. */
export async function submitForgotten(
  auth: AuthContext,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  const form = await acceptedForm(auth, request);
  if (form instanceof Response) return form;
  const typed = form.get("email") ?? "";
  const returnTo = form.get("returnTo") ?? "";
  const fields = addressFields.safeParse({ email: typed });
  if (!fields.success) {
    return forgottenPage(auth, request, { returnTo, email: typed, errors: fieldErrors(fields.error) }, 422);
  }
  const { email } = fields.data;
  const hashed = (text: string) => auth.keys.mac("rate-limit", text);
  const refused = await auth.attempts.begin([
    { key: `reset:address:${hashed(email)}`, perMinute: ASKS_PER_ADDRESS },
    { key: `reset:network:${hashed(callerNetwork(request))}`, perMinute: ASKS_PER_NETWORK },
  ]);
  if (refused) return problemPage(auth, 429, "Too many attempts", `Try again in ${refused.retryAfterSeconds} seconds.`);
  context.waitUntil(mailReset(auth, email, returnTo));
  return businessPage(auth, () => ({
    title: "Look at your mail",
    content: (
      <p>
        If there is an account with {email}, a link to set a new password is on its way. It is good for half an hour.
      </p>
    ),
  }));
}

/**
 * Whoever reads the mail of an address can take its account over. The owner's address gets a link only once it is
 * confirmed: one that was mistyped at set-up would hand the business to a stranger.
 */
async function mailReset(auth: AuthContext, email: string, returnTo: string): Promise<void> {
  const { rows } = await auth.db.read({
    rows: auth.db.build
      .select({ id: user.id, emailVerified: user.emailVerified, password: account.password })
      .from(user)
      .innerJoin(account, and(eq(account.userId, user.id), eq(account.providerId, "credential")))
      .where(eq(user.email, email)),
  });
  const [person] = rows;
  if (!person || (person.id === auth.ownerUserId && !person.emailVerified)) return;
  const token = await auth.tokens.issue("password-reset", subjectOf(person.id, email));
  const query = returnTo ? `?${new URLSearchParams({ returnTo })}` : "";
  await sendOrLog(auth, {
    to: email,
    subject: "Set a new password",
    text: `Somebody asked for a new password of the account with this address. Set it here within half an hour:\n\n${auth.publicUrl}/reset-password/${token}${query}\n\nIf it was not you, do nothing: your password stays as it is.\n`,
  });
}

/** The address is part of it: a link to one that was changed since is good for nothing. */
const subjectOf = (userId: string, email: string) => `${userId} ${email}`;

/** `GET /reset-password/{token}`. */
export async function showReset(auth: AuthContext, request: Request, token: string): Promise<Response> {
  if ((await auth.tokens.find("password-reset", token)) === undefined) return outOfDate(auth);
  return passwordPage(auth, request, token, { returnTo: returnToOf(request) });
}

/** `POST /reset-password/{token}`: sets the password, once, and ends all that the old one opened. */
export async function submitReset(
  auth: AuthContext,
  request: Request,
  token: string,
  context: ExecutionContext,
): Promise<Response> {
  const form = await acceptedForm(auth, request, { advice: "Open the link again." });
  if (form instanceof Response) return form;
  const returnTo = form.get("returnTo") ?? "";
  const fields = resetFields.safeParse({ password: form.get("password") ?? "" });
  if (!fields.success) return passwordPage(auth, request, token, { returnTo, errors: fieldErrors(fields.error) });
  const [userId = "", email = ""] = (await auth.tokens.find("password-reset", token))?.split(" ") ?? [];
  const { rows } = await auth.db.read({ rows: auth.db.build.select().from(user).where(eq(user.id, userId)) });
  const [person] = rows;
  // The owner's address counts only once it is confirmed, when a link is asked for and when it is used: a set-up link
  // that was used in between has taken the account back from whoever reads that mailbox.
  const owners = person?.id === auth.ownerUserId;
  if (person?.email !== email || (owners && !person.emailVerified)) return outOfDate(auth);
  try {
    await auth.db.commit([
      auth.tokens.use("password-reset", token),
      guardChanged(auth.db, "link_used"),
      ...(await resetCredential(auth, userId, fields.data.password)),
      // Until now anybody can have made the account in the name of this address, a second factor of theirs included.
      ...(person.emailVerified || owners ? [] : dropSecondFactor(auth, userId)),
      auth.db.build.update(user).set({ emailVerified: true }).where(eq(user.id, userId)),
      ...auditOfOwner(auth, userId, {
        eventKind: "password_changed",
        summary: "The owner's password was set by a mailed link.",
      }),
    ]);
  } catch (error) {
    if (error instanceof GuardFailed) return outOfDate(auth);
    throw error;
  }
  context.waitUntil(mailNote(auth, email, "Your password was changed"));
  return businessPage(auth, () => ({
    title: "Your password is set",
    content: (
      <p>
        You were signed out everywhere, and connected programs have to be let in again.{" "}
        <a href={returnTo ? signInPath(returnTo) : "/sign-in"}>Sign in</a>
      </p>
    ),
  }));
}

const returnToOf = (request: Request) => new URL(request.url).searchParams.get("returnTo") ?? "";

type Shown = Omit<FormView, "formToken"> & { returnTo: string };

function forgottenPage(auth: AuthContext, request: Request, shown: Shown, status = 200): Promise<Response> {
  const { token, cookie } = auth.forms.issue(request);
  return businessPage(auth, () => ({
    title: "Forgot your password?",
    status,
    ...(cookie && { headers: { "Set-Cookie": cookie } }),
    content: <ForgottenForm view={{ ...shown, formToken: token }} />,
  }));
}

function passwordPage(auth: AuthContext, request: Request, token: string, shown: Shown): Promise<Response> {
  const form = auth.forms.issue(request);
  return businessPage(auth, () => ({
    title: "Set a new password",
    status: shown.errors ? 422 : 200,
    secretAddress: true,
    ...(form.cookie && { headers: { "Set-Cookie": form.cookie } }),
    content: <NewPasswordForm view={{ ...shown, formToken: form.token }} action={`/reset-password/${token}`} />,
  }));
}

function outOfDate(auth: AuthContext): Promise<Response> {
  return problemPage(
    auth,
    404,
    "This link is not good any more",
    "It was used, it ran out, or it is not complete. Ask for another.",
  );
}
