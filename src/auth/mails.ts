import { faultOf } from "../base/log.ts";
import { countUp } from "../db/counts.ts";
import type { Message } from "../mail/port.ts";
import type { AuthContext } from "./context.ts";
import type { TooManyAttempts } from "./faults.ts";
import { PASSKEYS_PATH } from "./fresh-sign-in.ts";
import { boundOver } from "./met-bound.ts";
import { addressSubject } from "./one-time-tokens.ts";

/** A person and the address of their account. */
interface Addressed {
  readonly userId: string;
  readonly email: string;
}

/** Mails a person that their password or second factor was changed, so that they notice a change that was not theirs. */
export function mailChangeNotice(auth: AuthContext, person: Addressed, change: string): Promise<void> {
  const words = `${change} for your account at ${auth.publicUrl}.\n\nIf you did this, there is nothing to do. If you did not, set a new password at once:\n\n${auth.publicUrl}/forgot-password\n`;
  return mailNotice(auth, person, change, words);
}

/** What is told of a passkey, and what its person does about it. */
const PASSKEY_NOTICES = {
  "A passkey was added": "If you did this, there is nothing to do. If you did not, remove it at once",
  "A passkey was removed": "If you did this, there is nothing to do. If you did not, look at those that are left",
  "A passkey was refused": "A copy of it may exist. Sign in another way, and remove it",
} as const;

/** Mails a person what happened to a passkey of theirs. A new password alone does not end one. */
export function mailPasskeyNotice(
  auth: AuthContext,
  person: Addressed,
  notice: keyof typeof PASSKEY_NOTICES,
): Promise<void> {
  const words = `${notice} for your account at ${auth.publicUrl}.\n\n${PASSKEY_NOTICES[notice]}:\n\n${auth.publicUrl}${PASSKEYS_PATH}\n\nIf it was not you, set a new password too:\n\n${auth.publicUrl}/forgot-password\n`;
  return mailNotice(auth, person, notice, words);
}

/** Mails what happened to a person's own account, within the budget that such mails have. */
async function mailNotice(auth: AuthContext, person: Addressed, subject: string, text: string): Promise<void> {
  if (!auth.mail) return;
  if (await boundOver(auth, await auth.db.tryCommit(countUp(auth, "mailsOfAnAccountADay", person.userId)))) return;
  await sendOrLog(auth, { to: person.email, subject, text });
}

/** Mails a person the link that confirms their address. */
export async function mailConfirmation(auth: AuthContext, person: Addressed): Promise<void> {
  const prepared = await prepareConfirmation(auth, person);
  if (prepared.kind === "ready") await prepared.send();
}

/** The mail of `mailConfirmation`, stored and counted; `send` sends it once the person has their answer. */
export async function prepareConfirmation(
  auth: AuthContext,
  person: Addressed,
): Promise<TooManyAttempts | { readonly kind: "ready"; send(): Promise<void> }> {
  if (!auth.mail) return { kind: "ready", send: async () => {} };
  const { token, statements } = auth.tokens.issuing("verify-email", addressSubject(person));
  const counted = [...countUp(auth, "mailsOfAnAccountADay", person.userId), ...statements];
  const over = await boundOver(auth, await auth.db.tryCommit(counted));
  if (over) return over;
  const message = {
    to: person.email,
    subject: "Confirm your e-mail address",
    text: `An account was made with this address. If it is yours, confirm the address here within a day:\n\n${auth.publicUrl}/verify-email/${token}\n\nIf it is not, do nothing.\n`,
  };
  return { kind: "ready", send: () => sendOrLog(auth, message) };
}

/** Sends a message where this deployment sends mail. A message that could not be sent is logged without its words. */
export async function sendOrLog(auth: AuthContext, message: Message): Promise<void> {
  try {
    await auth.mail?.send(message);
  } catch (error) {
    auth.log({ event: "auth", name: "mail", code: "not_sent", fault: faultOf(error) });
  }
}
