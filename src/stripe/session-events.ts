import * as z from "zod";
import type { CheckoutFact } from "../facts/checkout-fold.ts";
import type { ReportedAmounts } from "./amounts.ts";

/** A reference to another object of Stripe's: its id, or the expanded object. */
export const idOrObject = z.union([z.string(), z.object({ id: z.string() })]);

const cents = z.int().nonnegative();

/** The fields of a Checkout Session that are read. */
const sessionSchema = z.object({
  object: z.literal("checkout.session"),
  id: z.string(),
  mode: z.string(),
  success_url: z.string().nullish(),
  client_reference_id: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  amount_total: z.int().nullable(),
  total_details: z.object({ amount_discount: cents, amount_shipping: cents.nullish(), amount_tax: cents }).nullish(),
  currency: z.string().nullable(),
  livemode: z.boolean(),
  payment_status: z.string(),
  status: z.string().nullish(),
  payment_intent: idOrObject.nullish(),
  subscription: idOrObject.nullish(),
  invoice: idOrObject.nullish(),
  customer_details: z.object({ email: z.string().nullish() }).nullish(),
});

/** A Checkout Session in our terms. Its four Stripe ids have the names of the checkout's columns. */
export interface ReportedSession {
  readonly stripeCheckoutSessionId: string;
  readonly stripePaymentIntentId: string | null;
  readonly stripeSubscriptionId: string | null;
  readonly stripeInvoiceId: string | null;
  /** Stripe's word: `payment` for what is paid once, `subscription` for a plan. */
  readonly mode: string;
  readonly status: string | null;
  readonly paymentStatus: string;
  /** What its page asks for. */
  readonly amounts: ReportedAmounts;
  readonly currency: string | null;
  readonly livemode: boolean;
  /** The checkout ids in `client_reference_id` and in the metadata; another application can write any id there. */
  readonly checkoutIds: readonly string[];
  /** The one of them by which the checkout is looked up. */
  readonly checkoutIntentId: string | undefined;
  readonly buyerEmail: string | null;
  readonly successUrl: string | null;
}

/** The facts in each type of event. A complete session may be unpaid: only `paid` is money. */
const FACTS: Readonly<Record<string, (session: ReportedSession) => CheckoutFact[]>> = {
  "checkout.session.completed": ({ paymentStatus }) => ["session_complete", ...moneyFact(paymentStatus)],
  "checkout.session.async_payment_succeeded": () => ["session_complete", "paid"],
  "checkout.session.async_payment_failed": () => ["session_complete", "payment_failed"],
  "checkout.session.expired": () => ["session_expired"],
};

function moneyFact(paymentStatus: string): CheckoutFact[] {
  if (paymentStatus === "paid") return ["paid"];
  if (paymentStatus === "no_payment_required") return ["no_payment_required"];
  return [];
}

export function isSessionEvent(type: string): boolean {
  return Object.hasOwn(FACTS, type);
}

/** The facts that an event reports about its session. */
export function eventFacts(type: string, session: ReportedSession): CheckoutFact[] {
  return FACTS[type]?.(session) ?? [];
}

/** The facts in a fetched session. The failure of a delayed payment stands on its payment intent alone. */
export function sessionFacts({ status, paymentStatus }: ReportedSession): CheckoutFact[] {
  if (status === "complete") return ["session_complete", ...moneyFact(paymentStatus)];
  return status === "expired" ? ["session_expired"] : [];
}

/** The session in an event or an answer of Stripe's; undefined where the object has another shape. */
export function readSession(object: unknown): ReportedSession | undefined {
  const read = sessionSchema.safeParse(object);
  if (!read.success) return undefined;
  const session = read.data;
  const named = [session.client_reference_id, session.metadata?.checkout_intent_id];
  return {
    stripeCheckoutSessionId: session.id,
    stripePaymentIntentId: idOf(session.payment_intent),
    stripeSubscriptionId: idOf(session.subscription),
    stripeInvoiceId: idOf(session.invoice),
    mode: session.mode,
    status: session.status ?? null,
    paymentStatus: session.payment_status,
    amounts: {
      totalCents: session.amount_total,
      taxCents: session.total_details?.amount_tax ?? 0,
      discountCents: session.total_details?.amount_discount ?? 0,
      shippingCents: session.total_details?.amount_shipping ?? 0,
    },
    currency: session.currency,
    livemode: session.livemode,
    checkoutIds: [...new Set(named.filter((id): id is string => Boolean(id)))],
    checkoutIntentId: named.find((id) => typeof id === "string"),
    buyerEmail: session.customer_details?.email ?? null,
    successUrl: session.success_url ?? null,
  };
}

/** The id behind a reference; null where Stripe left it out. */
export function idOf(given: z.output<typeof idOrObject> | null | undefined): string | null {
  return (typeof given === "string" ? given : given?.id) ?? null;
}
