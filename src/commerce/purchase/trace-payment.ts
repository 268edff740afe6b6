import { isOfKind } from "../../base/ids.ts";
import { faultOf } from "../../base/log.ts";
import { type IntentRow, intentById } from "../../db/checkouts.ts";
import { askForCheck } from "../../db/checks.ts";
import { endTrace } from "../../db/payment-traces.ts";
import { purchaseQueries } from "../../db/purchase-rows.ts";
import { purchaseWrites } from "../../db/purchase-writes.ts";
import type { ActorKind, StripeMode } from "../../db/schema/vocabulary.ts";
import type { Context } from "../../kernel/context.ts";
import type { ReportedInvoice } from "../../stripe/invoice-events.ts";
import { TRIPS_TO_TRACE as TRIPS_TO_ASK, type TracedPayment, tracePayment } from "../../stripe/trace-payment.ts";
import { checkAtOnce } from "./check-purchase.ts";
import { reportEffects } from "./effects.ts";
import { readAndCommit, TRIPS_TO_APPLY } from "./known.ts";
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

/** Applies the invoice that a payment paid; answers the checkout that it belongs to. */
async function applyInvoice(
  invoice: ReportedInvoice,
  traced: TracedPayment,
  { payment, actorKind }: { readonly payment: UnknownPayment; readonly actorKind: ActorKind },
  ctx: Context,
): Promise<IntentRow | undefined> {
  const report = tracedReport(invoice, traced, payment.stripePaymentIntentId);
  return readAndCommit(
    () => purchaseQueries(ctx, report.target),
    (rows) => {
      const [intent] = rows.intent;
      if (!intent) return { writes: [], answer: undefined };
      const now = ctx.clock.now();
      const source = {
        stripeMode: payment.stripeMode,
        stripeEventId: null,
        at: now,
        actorKind,
        eventKind: "checkout_session_verified",
        buyerEmailHash: null,
        returnLinkSha256: null,
      } as const;
      const { changes } = reportEffects(report, rows, source, now, ctx);
      // A copy of our id in another application's subscription is refused, and is not ours.
      const isOurs = changes.kind === "purchase";
      return { writes: isOurs ? purchaseWrites(ctx, changes) : [], answer: isOurs ? intent : undefined };
    },
    ctx,
  );
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
