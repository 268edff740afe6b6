import type Stripe from "stripe";
import type { Context } from "../../context.ts";
import type { IntentRow } from "../../db/checkouts.ts";
import { markChecked, uncheckedIntents } from "../../db/heal.ts";
import { idOf, type ReportedSession, readSession, sessionFacts } from "../../stripe/session-facts.ts";
import { readSubscription } from "../../stripe/subscription-events.ts";
import { applyReport, type Look } from "../apply-report.ts";
import type { CheckoutFact } from "../checkout-fold.ts";
import { factRank } from "../payment-fold.ts";
import { type Report, sessionReport } from "../purchase/report.ts";

/** Left alone at first: a webhook usually comes within seconds. */
const QUIET_MS = 2 * 60_000;
/** How long a paid purchase is believed before Stripe is asked again whether money went back. */
const BELIEVED_MS = 24 * 3_600_000;
/** Above every rank of an event of the same moment: what Stripe answers now is later than what it reported. */
const FETCHED_RANK = 9;

/** Statuses that are asked about, how many a run, and how long an answer is believed. */
const ROUNDS = [
  { status: "open", limit: 40, believed: QUIET_MS },
  { status: "completed", limit: 20, believed: QUIET_MS },
  { status: "blocked", limit: 20, believed: QUIET_MS },
  { status: "paid", limit: 20, believed: BELIEVED_MS },
  { status: "disputed", limit: 10, believed: BELIEVED_MS },
] as const;

export interface HealedPurchases {
  asked: number;
  changed: number;
  failed: number;
}

/** Asks Stripe how checkouts stand that it has not told about. Whatever the event list lost, the objects still know. */
export async function healPurchases(ctx: Context): Promise<HealedPurchases> {
  const counts: HealedPurchases = { asked: 0, changed: 0, failed: 0 };
  for (const { status, limit, believed } of ROUNDS) {
    const { intents } = await ctx.db.read({
      intents: uncheckedIntents(ctx, status, ctx.clock.now() - believed, limit),
    });
    for (const intent of intents) {
      counts.asked++;
      try {
        if (await checkPurchase(intent, "scheduled_run", ctx)) counts.changed++;
        await ctx.db.commit([markChecked(ctx, intent.id)]);
      } catch {
        counts.failed++;
      }
    }
  }
  return counts;
}

/** Fetches the objects of one purchase and applies what they say. True where something changed. */
export async function checkPurchase(intent: IntentRow, actorKind: Look["actorKind"], ctx: Context): Promise<boolean> {
  if (intent.stripeCheckoutSessionId === null) return false;
  const stripe = ctx.stripe.client(intent.stripeMode);
  const session = readSession(await stripe.checkout.sessions.retrieve(intent.stripeCheckoutSessionId));
  if (!session) return false;
  const look = { actorKind, eventKind: "checkout_session_verified" as const };
  const reports: Report[] = [
    sessionReport(session, [...sessionFacts(session), ...(await delayedFailure(stripe, session))]),
  ];
  const paymentIntentId = reports[0]?.target.paymentIntentId;
  const subscriptionId = reports[0]?.target.subscriptionId;
  if (subscriptionId) reports.push(...(await subscriptionReports(stripe, subscriptionId, intent, ctx)));
  if (paymentIntentId && session.payment_status === "paid")
    reports.push(...(await paymentReports(stripe, paymentIntentId)));
  let changed = false;
  for (const report of reports) changed = (await applyReport(report, look, ctx)) || changed;
  return changed;
}

/** A delayed payment that failed leaves its session complete and unpaid; its payment intent wants another way to pay. */
async function delayedFailure(stripe: Stripe, session: ReportedSession): Promise<CheckoutFact[]> {
  const paymentIntentId = idOf(session.payment_intent);
  if (session.status !== "complete" || session.payment_status !== "unpaid" || !paymentIntentId) return [];
  const { status } = await stripe.paymentIntents.retrieve(paymentIntentId);
  return status === "requires_payment_method" || status === "canceled" ? ["payment_failed"] : [];
}

async function subscriptionReports(stripe: Stripe, id: string, intent: IntentRow, ctx: Context): Promise<Report[]> {
  const subscription = readSubscription(await stripe.subscriptions.retrieve(id));
  if (!subscription) return [];
  return [
    {
      target: { checkoutIntentId: intent.id, subscriptionId: id },
      names: [intent.id],
      facts: [],
      subscription: { ...subscription, at: ctx.clock.now(), rank: FETCHED_RANK },
    },
  ];
}

/** Refunds and disputes of a payment, each as its own fact. */
async function paymentReports(stripe: Stripe, paymentIntentId: string): Promise<Report[]> {
  const [refunds, disputes] = await Promise.all([
    stripe.refunds.list({ payment_intent: paymentIntentId, limit: 100 }),
    stripe.disputes.list({ payment_intent: paymentIntentId, limit: 100 }),
  ]);
  const fact = (kind: "refund" | "dispute", objectId: string, state: string, amountCents: number): Report => ({
    target: { paymentIntentId },
    names: [],
    facts: [],
    payment: { kind, paymentIntentId, objectId, state, amountCents, rank: factRank(kind, state, amountCents) },
  });
  return [
    ...refunds.data.map(({ id, status, amount }) => fact("refund", id, status ?? "pending", amount)),
    ...disputes.data.map(({ id, status, amount }) => fact("dispute", id, status, amount)),
  ];
}
