import { faultOf } from "../base/log.ts";
import type { Message } from "../mail/port.ts";
import type { AuthContext } from "./context.ts";

/** Tells a person that their way in was changed: whoever it was, they hear of it. */
export function mailNote(auth: AuthContext, to: string, what: string): Promise<void> {
  return sendOrLog(auth, {
    to,
    subject: what,
    text: `${what} for your account at ${auth.publicUrl}.\n\nIf it was you, there is nothing to do. If it was not, set a new password at once:\n\n${auth.publicUrl}/forgot-password\n`,
  });
}

/** Sends a message where this deployment sends mail. One that was not taken is logged without its words. */
export async function sendOrLog(auth: AuthContext, message: Message): Promise<void> {
  try {
    await auth.mail?.send(message);
  } catch (error) {
    auth.log({ event: "auth", name: "mail", code: "not_sent", fault: faultOf(error) });
  }
}
