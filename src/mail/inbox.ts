import type { Mail } from "./port.ts";

const TIMEOUT_MS = 5000;

/** Mail to a development inbox on this machine, which shows it and sends nothing on. */
export function inboxMail(origin: string): Mail {
  return {
    async send(message) {
      const answer = await fetch(`${origin}/messages`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(message),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!answer.ok) throw new Error(`the inbox answered ${answer.status}`);
    },
  };
}
