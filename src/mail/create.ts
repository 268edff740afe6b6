import type { Bindings, Settings } from "../env.ts";
import { cloudflareMail } from "./cloudflare.ts";
import { inboxMail } from "./inbox.ts";
import type { Mail } from "./port.ts";

/** How this deployment sends mail; null where it sends none. Throws where a sender is named and there is no way to send. */
export function createMail(settings: Settings, { MAIL }: Bindings): Mail | null {
  if (settings.MAIL_INBOX_URL) return inboxMail(settings.MAIL_INBOX_URL);
  if (!settings.MAIL_FROM) return null;
  if (!MAIL) throw new Error("The environment is not usable:\n- MAIL_FROM needs the send_email binding MAIL");
  return cloudflareMail(MAIL, settings.MAIL_FROM);
}
