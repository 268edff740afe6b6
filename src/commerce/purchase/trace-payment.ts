import { isOfKind } from "../../base/ids.ts";
import { faultOf } from "../../base/log.ts";
import { type IntentRow, intentById } from "../../db/checkouts.ts";
import { askForCheck } from "../../db/checks.ts";
import { endTrace } from "../../db/payment-traces.ts";
import type { ActorKind, StripeMode } from "../../db/schema/vocabulary.ts";
import type { Context } from "../../kernel/context.ts";
import type { ReportedInvoice } from "../../stripe/invoice-events.ts";
import { TRIPS_TO_TRACE as TRIPS_TO_ASK, type TracedPayment, tracePayment } from "../../stripe/trace-payment.ts";
import { applyReport } from "./apply-report.ts";
import { checkAtOnce } from "./check-purchase.ts";
import { TRIPS_TO_APPLY } from "./known.ts";
import { tracedReport } from "./report.ts";

/** Calls to Stripe and D1 that a trace makes at most. */
export const TRIPS_TO_TRACE = TRIPS_TO_ASK + TRIPS_TO_APPLY + 1 + 1;

/** A payment of which money went back, and which is unknown here. */
export interface UnknownPayment {
  readonly stripePaymentIntentId: string;
  readonly stripeMode: StripeMode;
}

/** The result of a trace. */
interface Trace {
  readonly isOurs: boolean;
  /** The checkout, while its session has not told of the payment: its check is due now. */
  readonly toCheck?: IntentRow;
}

/**
 * Asks Stripe what an unknown payment paid for. Where that is ours, the invoice and its payment are applied, and with them
 * the stored facts of the payment; else the trace ends, so a foreign payment costs two calls to Stripe, once. Throws where
 * Stripe does not answer.
 */
export async function traceUnknown(payment: UnknownPayment, actorKind: ActorKind, ctx: Context): Promise<Trace> {
  const { stripePaymentIntentId, stripeMode } = payment;
  const traced = await tracePayment(stripePaymentIntentId, stripeMode, ctx);
  const intent = traced.invoice
    ? await applyInvoice(traced.invoice, traced, { payment, actorKind }, ctx)
    : await checkoutNamed(traced, ctx);
  // Metadata and subscription name the checkout; only its session links the payment to it, so the session is checked.
  const toCheck = intent?.stripeSubscriptionId === null ? intent : undefined;
  await ctx.db.commit([
    endTrace(ctx, stripePaymentIntentId, intent ? "found" : "not_ours"),
    ...(toCheck ? [askForCheck(ctx, toCheck.id)] : []),
  ]);
  return { isOurs: intent !== undefined, ...(toCheck && { toCheck }) };
}

/** Applies the invoice that a payment paid; answers the checkout. A copy of our id in a foreign subscription is not ours. */
async function applyInvoice(
  invoice: ReportedInvoice,
  traced: TracedPayment,
  { payment, actorKind }: { readonly payment: UnknownPayment; readonly actorKind: ActorKind },
  ctx: Context,
): Promise<IntentRow | undefined> {
  const { stripePaymentIntentId, stripeMode } = payment;
  const report = tracedReport(invoice, traced, stripePaymentIntentId);
  return (await applyReport(report, { stripeMode, actorKind }, ctx))?.intent;
}

async function checkoutNamed({ checkoutIntentId }: TracedPayment, ctx: Context): Promise<IntentRow | undefined> {
  if (!checkoutIntentId || !isOfKind(checkoutIntentId, "checkout-intent")) return undefined;
  return (await ctx.db.read({ intent: intentById(ctx, checkoutIntentId) })).intent[0];
}

/** Traces a payment that an event named. The event's commit asked for the trace, so the scheduled run repeats it. */
export async function traceAtOnce(payment: UnknownPayment, ctx: Context): Promise<void> {
  try {
    const { toCheck } = await traceUnknown(payment, "stripe_webhook", ctx);
    if (toCheck) await checkAtOnce(toCheck, ctx);
  } catch (thrown) {
    ctx.log({ event: "internal", name: "trace_payment", code: "not_traced", fault: faultOf(thrown) });
  }
}
