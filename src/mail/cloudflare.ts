import type { Mail } from "./port.ts";

/** Mail through Cloudflare's `send_email` binding, from an address of a domain that the account sends for. */
export function cloudflareMail(binding: SendEmail, from: string): Mail {
  return {
    async send({ to, subject, text }) {
      await binding.send({ from, to, subject, text });
    },
  };
}
