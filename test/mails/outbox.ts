import { expect } from "vitest";
import { orderNumberOf } from "../../src/base/order-number.ts";
import { openDatabase } from "../../src/db/database.ts";
import { type Mailed, openMailbox } from "../auth/mailbox.ts";
import type { World } from "../support/world.ts";

/** The address that pays in these tests. */
export const PAYER = "canary-payer@example.com";

/** A mail service that can be out, and counts what it was asked to send. */
export interface MailService {
  /** What it took, the newest last. */
  readonly mails: Mailed[];
  /** What it throws instead of taking a mail; undefined while it works. */
  out: Error | undefined;
  /** Runs before a mail is taken. */
  before: ((mail: Mailed) => Promise<unknown>) | undefined;
  asked: number;
}

/** Restarts the world with a mail service at the other end of the binding. */
export function openMailService(world: World, settings: Record<string, unknown> = {}): MailService {
  const service: MailService = { mails: [], out: undefined, before: undefined, asked: 0 };
  const MAIL = {
    async send(mail: Mailed) {
      service.asked += 1;
      await service.before?.(mail);
      if (service.out) throw service.out;
      service.mails.push(mail);
    },
  };
  openMailbox(world, { MAIL, ...settings });
  return service;
}

/** An error as the binding of the mail service throws it: its message quotes the address, which no log line may. */
export const mailError = (code: string): Error =>
  Object.assign(new Error(`${code} at ${PAYER}\n  at mail.to ${PAYER}`), { code });

/** The outbox by kind and status: `order_confirmed: sent`. */
export async function outboxOf(world: World, checkoutIntentId?: string): Promise<string[]> {
  const rows = await world.all<{ mail_kind: string; status: string }>(
    "SELECT mail_kind, status FROM mail_outbox WHERE ?1 IS NULL OR checkout_intent_id = ?1 ORDER BY created_at, mail_kind",
    checkoutIntentId ?? null,
  );
  return rows.map(({ mail_kind, status }) => `${mail_kind}: ${status}`);
}

/** Asserts that no mail holds an id of Stripe's or of ours, an address, or a line break in its head. */
export function assertPlain(mails: readonly Mailed[]): void {
  expect(mails.length).toBeGreaterThan(0);
  for (const { to, subject, text } of mails) {
    expect(`${to}${subject}`).not.toMatch(/[\r\n]/);
    expect(`${subject}\n${text}`).not.toMatch(/\b(?:cs|pi|ch|re|du|dp|in|sub|evt|cus|price|prod)_[A-Za-z0-9_]+/);
    expect(`${subject}\n${text}`).not.toContain("canary");
    // The way to the account's page of an order is the one place of its id.
    expect(`${subject}\n${text}`.replaceAll(/\/account\/orders\/\S+/g, "")).not.toMatch(
      /checkout-intent-|[0-9a-f]{8}-[0-9a-f]{4}-/,
    );
  }
}

/** The number of an order, as its mails name it. */
export const numberOf = ({ checkoutIntentId }: { readonly checkoutIntentId: string }) =>
  orderNumberOf(checkoutIntentId);

/** The store of a world, for statements of other rooms. */
export const storeOf = (world: World) => ({
  db: openDatabase(world.db),
  ownerUserId: String(world.bindings.BUSINESS_OWNER_USER_ID),
});
