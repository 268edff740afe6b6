import { cloudflareMail } from "./cloudflare.ts";
import { inboxMail } from "./inbox.ts";
import type { Mail } from "./port.ts";

/** The settings of a deployment that decide how mail is sent. */
interface MailSettings {
  /** The address that mail comes from. */
  readonly MAIL_FROM?: string | undefined;
  /** An inbox that takes all mail instead of its recipients. Development only. */
  readonly MAIL_INBOX_URL?: string | undefined;
}

/** How this deployment sends mail; null where it sends none. Throws for a sender without a binding. */
export function createMail(settings: MailSettings, MAIL: SendEmail | undefined): Mail | null {
  if (settings.MAIL_INBOX_URL) return inboxMail(settings.MAIL_INBOX_URL);
  if (!settings.MAIL_FROM) return null;
  if (!MAIL) throw new Error("The environment is not usable:\n- MAIL_FROM needs the send_email binding MAIL");
  return cloudflareMail(MAIL, settings.MAIL_FROM);
}
