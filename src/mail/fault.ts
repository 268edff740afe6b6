/** A code of Cloudflare's mail service, as its errors carry one. */
const CODE = /^E_[A-Z_]{1,60}$/;

/** Codes of an address that takes no mail from us, now or later: it bounced or complained, or the binding forbids it. */
export const NEVER_DELIVERED: ReadonlySet<string> = new Set(["E_RECIPIENT_SUPPRESSED", "E_RECIPIENT_NOT_ALLOWED"]);

/** The class and the code of a mail service's error, for the log. Its message may quote the address, and its stack the message. */
export function mailFault(error: unknown): { readonly code: string | undefined; readonly fault: string } {
  const given = error instanceof Error ? (error as { readonly code?: unknown }).code : undefined;
  const code = typeof given === "string" && CODE.test(given) ? given : undefined;
  const name = error instanceof Error && /^[A-Za-z]{1,60}$/.test(error.name) ? error.name : "Error";
  return { code, fault: code ? `${name} ${code}` : name };
}
