import { randomUUID } from "node:crypto";
import { guardChanged, type Query } from "../db/database.ts";
import { user } from "../db/schema/people.ts";
import { countMailRequest, mailLink, mailWords, readMailbox } from "./asked-mails.ts";
import type { AuthContext } from "./context.ts";
import { addressFields, signUpFields } from "./credentials.ts";
import { type InvalidFields, readFields, type TooManyAttempts } from "./faults.ts";
import { knownBrowser } from "./known-browser.ts";
import { mailConfirmation } from "./mails.ts";
import { countRequest } from "./met-bound.ts";
import { openingSession, signedInAnswer } from "./sessions.ts";
import { settingPassword } from "./set-password.ts";
import { findSignUpPolicy, guardSignUpOpen } from "./sign-up-policy.ts";

/** The outcome of a request for an account. */
type SignUpOutcome =
  | InvalidFields
  | TooManyAttempts
  /** Sign-up is by invitation and none was sent; or the link can't be used, or is for another address. */
  | { readonly kind: "by_invitation" }
  /** The person holds a link to the address, and the address has an account already. */
  | { readonly kind: "taken" }
  /** A mail tells the next step. The outcome is the same whether or not the address has an account. */
  | { readonly kind: "link_mailed" }
  /** The account exists: sign in. The outcome is the same whether it was made now or before. */
  | { readonly kind: "sign_in_next" }
  /** `answer` carries the session's cookie. */
  | { readonly kind: "signed_in"; readonly answer: Response };

/**
 * Makes an account for the holder of a link that was sent to its address. A request without a link gets one by mail; where
 * this deployment sends no mail, the account is made at once and its person signs in. Every attempt counts.
 */
export async function signUp(
  auth: AuthContext,
  request: Request,
  input: unknown,
  context: ExecutionContext,
): Promise<SignUpOutcome> {
  const invitation = invitationIn(input);
  if (invitation || !auth.mail) {
    const tooMany = await countRequest(auth, "accountRequests", request);
    if (tooMany) return tooMany;
  }
  if (invitation) return joinInvited(auth, request, invitation, input, context);
  if ((await findSignUpPolicy(auth)) === "by_invitation") return { kind: "by_invitation" };
  if (!auth.mail) return joinOpenly(auth, input);
  const typed = readFields(addressFields, input);
  if (typed.kind === "invalid_fields") return typed;
  const { email } = typed.fields;
  const tooMany = await countMailRequest(auth, request);
  if (tooMany) return tooMany;
  context.waitUntil(mailSignUp(auth, email, knownBrowser(auth, request, email)));
  return { kind: "link_mailed" };
}

/** Makes the account of a link, for its address alone. The commit that makes the account uses the link up. */
async function joinInvited(
  auth: AuthContext,
  request: Request,
  invitation: string,
  input: unknown,
  context: ExecutionContext,
): Promise<SignUpOutcome> {
  const invited = await findInvited(auth, invitation);
  const typed = readFields(signUpFields, input);
  if (!invited) return { kind: "by_invitation" };
  if (typed.kind === "invalid_fields") return typed;
  if (typed.fields.email !== invited.email) return { kind: "by_invitation" };
  const userId = `user-${randomUUID()}`;
  const opening = openingSession(auth, userId, false);
  // A mailed link shows that its user reads the mailbox; an invitation was shown to the owner as well.
  const emailVerified = invited.purpose === "sign-up";
  const made = await makeAccount(auth, { userId, emailVerified, ...typed.fields }, [
    ...(invited.purpose === "sign-up" ? [guardSignUpOpen(auth)] : []),
    auth.tokens.use(invited.purpose, invitation),
    guardChanged(auth.db, "link_used"),
    auth.tokens.forget(invited.purpose, invited.email),
    ...opening.statements,
  ]);
  if (made.kind !== "made") return made;
  if (!emailVerified) context.waitUntil(mailConfirmation(auth, { userId, email: invited.email }));
  const answer = await signedInAnswer(auth, request, { token: opening.token, email: invited.email });
  return { kind: "signed_in", answer };
}

/** Makes an account without a link, where this deployment sends no mail. */
async function joinOpenly(auth: AuthContext, input: unknown): Promise<SignUpOutcome> {
  const typed = readFields(signUpFields, input);
  if (typed.kind === "invalid_fields") return typed;
  const person = { userId: `user-${randomUUID()}`, emailVerified: false, ...typed.fields };
  const made = await makeAccount(auth, person, [guardSignUpOpen(auth)]);
  return made.kind === "by_invitation" ? made : { kind: "sign_in_next" };
}

type Made = { readonly kind: "made" } | Extract<SignUpOutcome, { kind: "taken" | "by_invitation" }>;

/** Makes an account in one commit with `rest`. The password is hashed in every case, so that the time taken tells nothing. */
async function makeAccount(
  auth: AuthContext,
  person: { userId: string; name: string; email: string; emailVerified: boolean; password: string },
  rest: readonly Query[],
): Promise<Made> {
  const { userId: id, name, email, emailVerified, password } = person;
  const time = new Date(auth.clock.now());
  const refused = await auth.db.tryCommit([
    auth.db.build
      .insert(user)
      .values({ id, name, email, emailVerified, createdAt: time, updatedAt: time })
      .onConflictDoNothing(),
    guardChanged(auth.db, "taken"),
    ...(await settingPassword(auth, id, password)),
    ...rest,
  ]);
  if (!refused) return { kind: "made" };
  return { kind: refused === "taken" ? "taken" : "by_invitation" };
}

/**
 * The address of a link to a new account, and whether the person asked for the link or the owner did. A link that a person
 * asked for works while sign-up is open; an invitation works always.
 */
export async function findInvited(
  auth: AuthContext,
  token: string,
): Promise<{ purpose: "invitation" | "sign-up"; email: string } | undefined> {
  if (!token) return undefined;
  for (const purpose of ["invitation", "sign-up"] as const) {
    const email = await auth.tokens.find(purpose, token);
    if (email === undefined) continue;
    return purpose === "sign-up" && (await findSignUpPolicy(auth)) === "by_invitation" ? undefined : { purpose, email };
  }
  return undefined;
}

/** Mails the link to a new account, or to sign-in where the address has one. */
async function mailSignUp(auth: AuthContext, email: string, browser: string | undefined): Promise<void> {
  const mailbox = await readMailbox(auth, email, browser);
  if (mailbox.person) {
    return mailWords(auth, mailbox, "accountRemindersADay", {
      subject: "You have an account already",
      text: `We were asked to make an account with this address. You have one already. Sign in here:\n\n${auth.publicUrl}/sign-in?mailed=1\n\nIf you did not ask for this, do nothing.\n`,
    });
  }
  const asked = { purpose: "sign-up", subject: email, counts: "signUpMailsToAnAddressADay" } as const;
  return mailLink(auth, mailbox, asked, (token, within) => ({
    subject: "Make your account",
    text: `We were asked to make an account with this address. If you asked for it, make it here ${within}:\n\n${auth.publicUrl}/sign-up?invitation=${token}\n\nIf you did not, do nothing.\n`,
  }));
}

/** The token of a link in the input, where it is text. */
function invitationIn(input: unknown): string {
  const { invitation } = (input ?? {}) as { invitation?: unknown };
  return typeof invitation === "string" ? invitation : "";
}
