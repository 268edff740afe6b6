import { faultOf } from "../base/log.ts";
import type { Message } from "../mail/port.ts";
import type { AuthContext } from "./context.ts";
import { addressSubject } from "./one-time-tokens.ts";

/** Mails a person that their password or second factor was changed, so that they notice a change that was not theirs. */
export function mailChangeNotice(auth: AuthContext, to: string, change: string): Promise<void> {
  return sendOrLog(auth, {
    to,
    subject: change,
    text: `${change} for your account at ${auth.publicUrl}.\n\nIf you did this, there is nothing to do. If you did not, set a new password at once:\n\n${auth.publicUrl}/forgot-password\n`,
  });
}

/** Mails a person the link that confirms their address. */
export async function mailConfirmation(auth: AuthContext, person: { userId: string; email: string }): Promise<void> {
  if (!auth.mail) return;
  const token = await auth.tokens.issue("verify-email", addressSubject(person));
  await sendOrLog(auth, {
    to: person.email,
    subject: "Confirm your e-mail address",
    text: `An account was made with this address. If it is yours, confirm the address here within a day:\n\n${auth.publicUrl}/verify-email/${token}\n\nIf it is not, do nothing.\n`,
  });
}

/** Sends a message where this deployment sends mail. A message that could not be sent is logged without its words. */
export async function sendOrLog(auth: AuthContext, message: Message): Promise<void> {
  try {
    await auth.mail?.send(message);
  } catch (error) {
    auth.log({ event: "auth", name: "mail", code: "not_sent", fault: faultOf(error) });
  }
}
