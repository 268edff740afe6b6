import * as z from "zod";
import * as fields from "../../base/fields.ts";
import type { AuditEntry } from "../../db/audit.ts";
import type { IntentRow, LineRow } from "../../db/checkouts.ts";
import type { ClickRow } from "../../db/referrals.ts";
import { CHECKOUT_STATUSES, STRIPE_MODES } from "../../db/schema/vocabulary.ts";
import type { Context } from "../../kernel/context.ts";
import type { FrozenRequest } from "../../stripe/checkout-session.ts";
import type { Tax } from "../tax.ts";

/** What is sold, priced as it was confirmed. */
export interface CheckoutTerms {
  readonly kind: IntentRow["checkoutKind"];
  readonly stripeMode: IntentRow["stripeMode"];
  readonly currency: string;
  /** Before added tax. */
  readonly amountCents: number;
  readonly tax: Tax;
  readonly lines: readonly Omit<LineRow, "ownerUserId" | "checkoutIntentId" | "position">[];
  /** The part of the session request that depends on what is sold. */
  readonly request: Pick<FrozenRequest, "mode" | "line_items">;
  readonly offerId: string | null;
  readonly offerStackId: string | null;
  readonly planSlug: string | null;
  readonly click: ClickRow | undefined;
}

/** True while a checkout is blocked because Stripe's answer is missing: a session may exist. */
export const isUnanswered = ({ status, stripeCheckoutSessionId }: IntentRow): boolean =>
  status === "blocked" && stripeCheckoutSessionId === null;

/** A claimed checkout, and the actor's earlier orders, which its answer names. */
export interface PendingCheckout {
  readonly intent: IntentRow;
  readonly otherOpenCheckouts: readonly string[];
}

/** What starting a checkout answers, for offers and plans. */
export const startedCheckout = z.object({
  checkoutIntentId: z.string(),
  checkoutUrl: z.string(),
  expiresAt: z.string(),
  amountCents: fields.amountCents,
  currency: fields.currency,
  stripeMode: z.enum(STRIPE_MODES),
  status: z.enum(CHECKOUT_STATUSES),
  updatedAt: fields.updatedAt,
  otherOpenCheckouts: z.array(z.string()).optional(),
});

export type StartedCheckout = z.output<typeof startedCheckout>;

/** The `place` that a checkout's URLs are sealed for. */
export const urlPlace = (checkoutIntentId: string) => `url of ${checkoutIntentId}`;

/**
 * Stripe's payment page of a checkout; undefined unless the checkout can be paid now, and where its address does not open:
 * the secret that sealed it was retired.
 */
export async function paymentPageOf(intent: IntentRow, ctx: Context): Promise<string | undefined> {
  if (!isOpen(intent, ctx.clock.now()) || intent.stripeCheckoutUrl === null) return undefined;
  return ctx.keyring.open(intent.stripeCheckoutUrl, urlPlace(intent.id)).catch(() => {
    ctx.log({ event: "internal", name: "payment_link", operationId: intent.operationId, code: "not_opened" });
    return undefined;
  });
}

/** Whether a checkout can be paid at this time (epoch milliseconds). */
export function isOpen(intent: IntentRow, now: number): boolean {
  return intent.status === "open" && intent.expiresAt > now;
}

/** One audit entry of a checkout. */
export function checkoutEntry(
  intent: IntentRow,
  eventKind: AuditEntry["eventKind"],
  subjectStatus: string,
  summary: string,
): AuditEntry {
  return { eventKind, subjectId: intent.id, subjectStatus, checkoutIntentId: intent.id, summary };
}
