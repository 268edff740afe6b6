import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { GuardFailed, guardChanged, type Query } from "../db/database.ts";
import { user } from "../db/schema/people.ts";
import { seeOther } from "../pages/see-other.ts";
import { callerNetwork } from "./attempts.ts";
import type { AuthContext } from "./context.ts";
import { addressFields, type FieldErrors, fieldErrors, signUpFields } from "./credentials.ts";
import { type FormView, SignUpAddressForm, SignUpForm } from "./form-parts.tsx";
import { signInPath } from "./fresh-sign-in.ts";
import { sendOrLog } from "./mails.ts";
import type { TokenPurpose } from "./one-time-tokens.ts";
import { acceptedForm, businessPage, problemPage } from "./pages.tsx";
import { findPerson } from "./people.ts";
import { cookiesIn, endSessionOf, openedAnswer, openingSession } from "./sessions.ts";
import { credentialOf } from "./set-password.ts";
import { goOn, leadsToConsent } from "./sign-in-page.tsx";
import { findSignUpPolicy, guardOpen } from "./sign-up-policy.ts";
import { mailConfirmation } from "./verify-email-page.tsx";

const SIGN_UPS_PER_NETWORK = 60;
const MAILS_PER_ADDRESS = 3;

/** `GET /sign-up`: for who came by a link the whole form; else, where mail is sent, the question where to send one. */
export async function showSignUp(auth: AuthContext, request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const returnTo = searchParams.get("returnTo") ?? "";
  if (await findPerson(auth, request)) return goOn(auth, returnTo);
  const invitation = searchParams.get("invitation") ?? "";
  const invited = await findInvited(auth, invitation);
  if (invited) return signUpPage(auth, request, { returnTo, email: invited.email, invitation });
  if (invitation || (await findSignUpPolicy(auth)) === "by_invitation") return byInvitation(auth, invitation);
  return signUpPage(auth, request, { returnTo });
}

/** `POST /sign-up`: answers the same for an address that has an account as for one that has none. */
export async function submitSignUpForm(
  auth: AuthContext,
  request: Request,
  context: ExecutionContext,
): Promise<Response> {
  const form = await acceptedForm(auth, request);
  if (form instanceof Response) return form;
  const typed = Object.fromEntries(form);
  const { returnTo = "", email = "", name = "", invitation } = typed;
  const again = (status: number, faults: { errors?: FieldErrors; fault?: string }, headers?: Headers) =>
    signUpPage(auth, request, { returnTo, email, name, invitation, ...faults }, status, headers);
  const outcome = await submitSignUp(auth, request, typed, context);
  if ("errors" in outcome) return again(422, outcome);
  if ("byInvitation" in outcome) return byInvitation(auth, invitation ?? "");
  if ("taken" in outcome) return again(422, { fault: TAKEN });
  if ("answer" in outcome) return goOn(auth, returnTo, cookiesIn(outcome.answer));
  if ("retryAfterSeconds" in outcome) {
    const wait = String(outcome.retryAfterSeconds);
    const fault = `Too many attempts. Try again in ${wait} seconds.`;
    return again(429, { fault }, new Headers({ "Retry-After": wait }));
  }
  if (outcome.next === "sign-in") return seeOther(auth.publicUrl, `${auth.publicUrl}${signInPath(returnTo)}&made=1`);
  return businessPage(auth, () => ({
    title: "Look at your mail",
    content: <p>A message to {email.trim().toLowerCase()} is on its way. Its link is good for a day.</p>,
  }));
}

export const BY_INVITATION =
  "Accounts are made by invitation here. Use the link of your invitation, with its e-mail address.";
export const TAKEN = "There is an account with that e-mail address already. Sign in instead.";

/** What became of a wish for an account; `next` says where it goes on, whether the address had one or not. */
export type SignUpOutcome =
  | { errors: FieldErrors }
  | { retryAfterSeconds: number }
  | { byInvitation: true }
  | { taken: true }
  | { next: "mail" | "sign-in" }
  | { answer: Response };

/**
 * Makes an account for who holds a link that was sent to its address. Others get such a link by mail; where none is
 * sent the account is made at once, and who made it signs in like everybody. Every attempt counts.
 */
export async function submitSignUp(
  auth: AuthContext,
  request: Request,
  input: unknown,
  context: ExecutionContext,
): Promise<SignUpOutcome> {
  const key = (text: string) => auth.keys.mac("rate-limit", text);
  const network = { key: `sign-up:network:${key(callerNetwork(request))}`, perMinute: SIGN_UPS_PER_NETWORK };
  const refused = await auth.attempts.begin([network]);
  if (refused) return refused;
  const { invitation = "", returnTo = "" } = texts(input);
  if (invitation) return joinInvited(auth, request, invitation, input, context);
  if ((await findSignUpPolicy(auth)) === "by_invitation") return { byInvitation: true };
  if (!auth.mail) return joinOpenly(auth, input);
  const fields = addressFields.safeParse(input);
  if (!fields.success) return { errors: fieldErrors(fields.error) };
  const { email } = fields.data;
  const flooded = await auth.attempts.begin([{ key: `sign-up:address:${key(email)}`, perMinute: MAILS_PER_ADDRESS }]);
  if (flooded) return flooded;
  context.waitUntil(mailSignUp(auth, email, returnTo));
  return { next: "mail" };
}

/** By a link that was sent to an address: for that address alone, and used up in the commit that makes the account. */
async function joinInvited(
  auth: AuthContext,
  request: Request,
  invitation: string,
  input: unknown,
  context: ExecutionContext,
): Promise<SignUpOutcome> {
  const invited = await findInvited(auth, invitation);
  const fields = signUpFields.safeParse(input);
  if (!invited || (fields.success && fields.data.email !== invited.email)) return { byInvitation: true };
  if (!fields.success) return { errors: fieldErrors(fields.error) };
  const userId = `user-${randomUUID()}`;
  const opening = openingSession(auth, userId, false);
  // Who followed a mailed link reads that mailbox; an invitation was shown to the owner as well.
  const emailVerified = invited.purpose === "sign-up";
  const made = await makeAccount(auth, { userId, emailVerified, ...fields.data }, [
    ...(invited.purpose === "sign-up" ? [guardOpen(auth)] : []),
    auth.tokens.use(invited.purpose, invitation),
    guardChanged(auth.db, "link_used"),
    auth.tokens.forget(invited.purpose, invited.email),
    ...opening.statements,
  ]);
  if (made === "taken") return { taken: true };
  if (made !== "made") return { byInvitation: true };
  if (!emailVerified) context.waitUntil(mailConfirmation(auth, { userId, email: invited.email }));
  await endSessionOf(auth, request);
  return { answer: await openedAnswer(auth, opening.token) };
}

async function joinOpenly(auth: AuthContext, input: unknown): Promise<SignUpOutcome> {
  const fields = signUpFields.safeParse(input);
  if (!fields.success) return { errors: fieldErrors(fields.error) };
  const person = { userId: `user-${randomUUID()}`, emailVerified: false, ...fields.data };
  if ((await makeAccount(auth, person, [guardOpen(auth)])) === "by_invitation") return { byInvitation: true };
  return { next: "sign-in" };
}

/** Makes an account, and whatever else belongs into its commit. The password is hashed whether it comes to be or not. */
async function makeAccount(
  auth: AuthContext,
  person: { userId: string; name: string; email: string; emailVerified: boolean; password: string },
  rest: readonly Query[],
): Promise<"made" | "taken" | "link_used" | "by_invitation"> {
  const { userId: id, name, email, emailVerified, password } = person;
  const time = new Date(auth.clock.now());
  const row = { id, name, email, emailVerified, createdAt: time, updatedAt: time };
  const credential = await credentialOf(auth, id, password);
  try {
    await auth.db.commit([
      auth.db.build.insert(user).values(row).onConflictDoNothing(),
      guardChanged(auth.db, "taken"),
      ...credential,
      ...rest,
    ]);
    return "made";
  } catch (error) {
    if (error instanceof GuardFailed)
      return error.code === "taken" || error.code === "by_invitation" ? error.code : "link_used";
    throw error;
  }
}

/**
 * The address of a link to a new account, and whether the person asked for it or the owner did. What a person asked for
 * is good while everybody can make an account; an invitation always.
 */
async function findInvited(
  auth: AuthContext,
  token: string,
): Promise<{ purpose: TokenPurpose; email: string } | undefined> {
  if (!token) return undefined;
  for (const purpose of ["invitation", "sign-up"] as const) {
    const email = await auth.tokens.find(purpose, token);
    if (email === undefined) continue;
    return purpose === "sign-up" && (await findSignUpPolicy(auth)) === "by_invitation" ? undefined : { purpose, email };
  }
  return undefined;
}

/** Mails the way on: to a new account, or to the one that there is. */
async function mailSignUp(auth: AuthContext, email: string, returnTo: string): Promise<void> {
  const { known } = await auth.db.read({
    known: auth.db.build.select({ id: user.id }).from(user).where(eq(user.email, email)),
  });
  if (known.length > 0) {
    return sendOrLog(auth, {
      to: email,
      subject: "You have an account already",
      text: `Somebody asked for an account with this address. You have one already: sign in here.\n\n${auth.publicUrl}${signInPath(returnTo)}\n\nIf it was not you, do nothing.\n`,
    });
  }
  const query = new URLSearchParams({
    invitation: await auth.tokens.issue("sign-up", email),
    ...(returnTo && { returnTo }),
  });
  return sendOrLog(auth, {
    to: email,
    subject: "Make your account",
    text: `Somebody asked for an account with this address. If it was you, make it here within a day:\n\n${auth.publicUrl}/sign-up?${query}\n\nIf it was not, do nothing.\n`,
  });
}

function byInvitation(auth: AuthContext, invitation: string): Promise<Response> {
  if (!invitation) {
    return problemPage(auth, 403, "Accounts are made by invitation", "Ask the business for one.");
  }
  return problemPage(
    auth,
    403,
    "This link is not good any more",
    "It was used, it ran out, or it is for another e-mail address. Ask for another one.",
  );
}

function signUpPage(
  auth: AuthContext,
  request: Request,
  { invitation, ...shown }: Omit<FormView, "formToken"> & { returnTo: string; invitation?: string | undefined },
  status = 200,
  headers = new Headers(),
): Promise<Response> {
  const { token, cookie } = auth.forms.issue(request);
  if (cookie) headers.append("Set-Cookie", cookie);
  const view = { ...shown, formToken: token };
  return businessPage(auth, () => ({
    title: "Make an account",
    content:
      auth.mail && !invitation ? <SignUpAddressForm view={view} /> : <SignUpForm view={view} invitation={invitation} />,
    status,
    headers,
    secretAddress: Boolean(invitation),
    formsMayLeave: leadsToConsent(auth, shown.returnTo),
  }));
}

/** The texts among what was sent. */
function texts(input: unknown): { invitation?: string; returnTo?: string } {
  const { invitation, returnTo } = (input ?? {}) as { invitation?: unknown; returnTo?: unknown };
  return {
    ...(typeof invitation === "string" && { invitation }),
    ...(typeof returnTo === "string" && { returnTo }),
  };
}
