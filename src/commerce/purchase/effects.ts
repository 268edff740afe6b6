import type { Context } from "../../context.ts";
import type { IntentRow } from "../../db/checkouts.ts";
import { guardNobodys, guardPaymentUnmoved, takePurchase } from "../../db/purchases.ts";
import type { Changes } from "../../kernel/confirmed-write.ts";
import { blockedReason } from "../checkout-fold.ts";
import { accessChanges } from "./access.ts";
import type { Deciding, Known, Source } from "./decision.ts";
import { factWrites, freshFacts, mergedPayments, paymentWrites } from "./facts.ts";
import { intentChanges } from "./intent-changes.ts";
import { planChanges } from "./plan.ts";
import type { Report } from "./report.ts";
import { standingOf } from "./standing.ts";
import { subscriptionAfter, subscriptionChanges } from "./subscription.ts";

/** What a report does, and why a person has to look where it is ambiguous. */
export interface ReportEffects extends Changes {
  readonly status: "processed" | "ignored" | "blocked";
  readonly reason: string | null;
  /** Whether only Stripe can say how the purchase stands: it has to be asked. */
  readonly undecided: boolean;
}

const unapplied = (status: ReportEffects["status"], reason: string | null): ReportEffects => ({
  status,
  reason,
  undecided: false,
  writes: [],
  audit: [],
});

/**
 * Decides what a report changes: the new facts, and whatever of the purchase now differs from what all facts together
 * make of it. Ambiguous reports change nothing. Nothing is performed by deciding.
 */
export function reportEffects(report: Report, known: Known, source: Source, now: number, ctx: Context): ReportEffects {
  const [intent] = known.intent;
  if (report.names.length > 1) return unapplied("blocked", "names two checkouts");
  if (!intent) return withoutPurchase(report, source, ctx);
  const otherwise = contradiction(report, intent);
  if (otherwise) return unapplied("blocked", otherwise);
  return purchaseEffects(report, { intent, known, source, now, ctx });
}

/** A refund may come before its checkout is known to be paid: the fact is kept under its payment and waits there. */
function withoutPurchase(report: Report, source: Source, ctx: Context): ReportEffects {
  if (report.payments.length > 0) {
    const writes = [...paymentWrites(report.payments, source, ctx), guardNobodys(ctx, report.target)];
    return { ...unapplied("ignored", null), writes };
  }
  const ours = report.names.some((name) => name.startsWith("checkout-intent-"));
  return ours ? unapplied("blocked", "names a checkout that is not here") : unapplied("ignored", null);
}

/** Why a report that names a checkout is not about it; undefined where nothing speaks against it. */
function contradiction({ bound, subscription }: Report, intent: IntentRow): string | undefined {
  const pairs = [
    ["session", bound.sessionId, intent.stripeCheckoutSessionId],
    ["payment", bound.paymentIntentId, intent.stripePaymentIntentId],
    ["subscription", bound.subscriptionId, intent.stripeSubscriptionId],
    ["invoice", bound.invoiceId, intent.stripeInvoiceId],
  ] as const;
  const other = pairs.find(([, told, known]) => told !== undefined && known !== null && told !== known);
  if (other) return `names a checkout that has another ${other[0]}`;
  if (!subscription) return undefined;
  if (subscription.livemode !== (intent.stripeMode === "live")) return "names a checkout of the other mode";
  return undefined;
}

function purchaseEffects(report: Report, deciding: Deciding): ReportEffects {
  const { intent, known, source, ctx } = deciding;
  const before = new Set(known.facts.map(({ fact }) => fact));
  const fresh = freshFacts(report, before, intent);
  const facts = new Set([...before, ...fresh]);
  const { payments, news } = mergedPayments(known.paymentFacts, report.payments);
  const standing = standingOf({ intent, facts, payment: payments });
  const earlier = standingOf({ intent, facts: before, payment: known.paymentFacts });
  const reason = blockedReason(facts);
  const bound = boundAfter(report, intent, payments);
  const subscription = subscriptionAfter(report.subscription, known.subscription[0], source);

  const parts: Changes[] = [
    { writes: factWrites(fresh, deciding), audit: [] },
    { writes: paymentWrites(news, source, ctx), audit: [] },
    intentChanges(report, { standing, fresh, news, reason, bound }, deciding),
    accessChanges({ standing, earlier }, deciding),
    subscriptionChanges(subscription, deciding),
    planChanges({ standing, subscription: ofPurchase(report, subscription, bound.stripeSubscriptionId) }, deciding),
  ];
  const writes = parts.flatMap((part) => part.writes);
  const stray = strayReason(report, bound.stripeSubscriptionId);
  return {
    status: reason || stray ? "blocked" : "processed",
    reason: reason ?? stray,
    undecided: subscription?.undecided ?? false,
    writes: writes.length > 0 ? [...takePurchase(ctx, intent), ...bindingGuards(bound, deciding), ...writes] : [],
    audit: parts.flatMap(({ audit }) => audit),
  };
}

/** Stripe's objects of this checkout, as far as they are known now. A subscription's own word makes it nobody's. */
function boundAfter({ bound }: Report, intent: IntentRow, payments: readonly { stripePaymentIntentId: string }[]) {
  return {
    stripeCheckoutSessionId: intent.stripeCheckoutSessionId ?? bound.sessionId ?? null,
    stripePaymentIntentId:
      intent.stripePaymentIntentId ?? bound.paymentIntentId ?? payments[0]?.stripePaymentIntentId ?? null,
    stripeSubscriptionId: intent.stripeSubscriptionId ?? bound.subscriptionId ?? null,
    stripeInvoiceId: intent.stripeInvoiceId ?? bound.invoiceId ?? null,
  };
}

/** What is known of the subscription that the checkout was paid for, and not of one that only claims so. */
function ofPurchase<T>({ target }: Report, subscription: T, bound: string | null): T | undefined {
  return target.subscriptionId === undefined || target.subscriptionId === bound ? subscription : undefined;
}

function strayReason({ subscription }: Report, bound: string | null): string | null {
  if (!subscription || bound === null || subscription.subscriptionId === bound) return null;
  return "names a checkout that has another subscription";
}

/** Once a purchase is known to be a payment's, its version guards both; at that moment the payment has to be looked at. */
function bindingGuards(
  { stripePaymentIntentId, stripeInvoiceId }: ReturnType<typeof boundAfter>,
  { intent, known, ctx }: Deciding,
) {
  const learns = stripePaymentIntentId !== intent.stripePaymentIntentId || stripeInvoiceId !== intent.stripeInvoiceId;
  if (!learns) return [];
  const payment = { paymentIntentId: stripePaymentIntentId ?? undefined, invoiceId: stripeInvoiceId ?? undefined };
  return [guardPaymentUnmoved(ctx, payment, known.paymentFacts)];
}
