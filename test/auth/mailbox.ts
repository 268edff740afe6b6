import type { World } from "../support/world.ts";

/** What Cloudflare's binding was given. */
export interface Mailed {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Restarts the world with mail, and answers where it arrives: the newest last. */
export function openMailbox(world: World, settings: Record<string, unknown> = {}): Mailed[] {
  const mails: Mailed[] = [];
  const MAIL = { send: async (message: Mailed) => void mails.push(message) };
  world.restart({ MAIL, MAIL_FROM: "shop@example.com", ...settings });
  return mails;
}

/** The path of the link in a message. */
export function linkIn(mail: Mailed | undefined): string {
  const url = /https:\/\/\S+/.exec(mail?.text ?? "")?.[0];
  if (!url) throw new Error(`no link in ${JSON.stringify(mail)}`);
  const { pathname, search } = new URL(url);
  return pathname + search;
}
