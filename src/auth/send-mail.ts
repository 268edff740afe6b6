import { faultOf } from "../log.ts";
import type { Message } from "../mail/port.ts";
import type { AuthContext } from "./context.ts";

/** Sends a message where this deployment sends mail. One that was not taken is logged without its words. */
export async function sendOrLog(auth: AuthContext, message: Message): Promise<void> {
  try {
    await auth.mail?.send(message);
  } catch (error) {
    auth.log({ event: "auth", name: "mail", code: "not_sent", fault: faultOf(error) });
  }
}
