import { faultOf } from "../log.ts";
import type { Message } from "../mail/port.ts";
import type { AuthContext } from "./context.ts";

/**
 * Sends a message once the answer is on its way, where this deployment sends mail: how long sending takes tells nobody
 * whether there was anything to send. A message that was not taken is logged without its words.
 */
export function mailInBackground(auth: AuthContext, context: ExecutionContext, message: Message): void {
  context.waitUntil(sendOrLog(auth, message));
}

/** The same for work that is in the background already. */
export async function sendOrLog(auth: AuthContext, message: Message): Promise<void> {
  try {
    await auth.mail?.send(message);
  } catch (error) {
    auth.log({ event: "auth", name: "mail", code: "not_sent", fault: faultOf(error) });
  }
}
