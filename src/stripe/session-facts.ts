import * as z from "zod";
import type { CheckoutFact } from "../facts/checkout-fold.ts";

/** A Checkout Session as its events carry it: only what is looked at. */
const sessionSchema = z.object({
  object: z.literal("checkout.session"),
  id: z.string(),
  mode: z.string(),
  success_url: z.string().nullish(),
  client_reference_id: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  amount_total: z.int().nullable(),
  currency: z.string().nullable(),
  livemode: z.boolean(),
  payment_status: z.string(),
  status: z.string().nullish(),
  payment_intent: z.union([z.string(), z.object({ id: z.string() })]).nullish(),
  subscription: z.union([z.string(), z.object({ id: z.string() })]).nullish(),
  invoice: z.union([z.string(), z.object({ id: z.string() })]).nullish(),
  customer_details: z.object({ email: z.string().nullish() }).nullish(),
});

export type ReportedSession = z.output<typeof sessionSchema>;

/** What each event says of its session. `complete` alone is not money: only `paid` is. */
const FACTS: Readonly<Record<string, (session: ReportedSession) => CheckoutFact[]>> = {
  "checkout.session.completed": ({ payment_status }) => ["session_complete", ...moneyFact(payment_status)],
  "checkout.session.async_payment_succeeded": () => ["session_complete", "paid"],
  "checkout.session.async_payment_failed": () => ["session_complete", "payment_failed"],
  "checkout.session.expired": () => ["session_expired"],
};

function moneyFact(paymentStatus: string): CheckoutFact[] {
  if (paymentStatus === "paid") return ["paid"];
  if (paymentStatus === "no_payment_required") return ["no_payment_required"];
  return [];
}

/** The session and its facts; undefined for an event that is not about a session or does not have its shape. */
export function readSessionEvent(
  type: string,
  object: Record<string, unknown> | undefined,
): { readonly session: ReportedSession; readonly facts: readonly CheckoutFact[] } | undefined {
  const facts = FACTS[type];
  const session = sessionSchema.safeParse(object);
  return facts && session.success ? { session: session.data, facts: facts(session.data) } : undefined;
}

/** A session that we fetched ourselves; undefined where the shape is another. */
export function readSession(object: unknown): ReportedSession | undefined {
  const session = sessionSchema.safeParse(object);
  return session.success ? session.data : undefined;
}

/** What a fetched session says of itself. That a delayed payment failed only its payment intent knows. */
export function sessionFacts({ status, payment_status }: ReportedSession): CheckoutFact[] {
  if (status === "complete") return ["session_complete", ...moneyFact(payment_status)];
  return status === "expired" ? ["session_expired"] : [];
}

export function isSessionEvent(type: string): boolean {
  return Object.hasOwn(FACTS, type);
}

/** The checkout that a session says it belongs to; anything can be written there by another application. */
export function checkoutNamedBy({ client_reference_id, metadata }: ReportedSession): string | undefined {
  return client_reference_id ?? metadata?.checkout_intent_id ?? undefined;
}

/** An id, where Stripe sends either an id or an expanded object. */
export function idOf(reference: string | { id: string } | null | undefined): string | null {
  return (typeof reference === "string" ? reference : reference?.id) ?? null;
}
