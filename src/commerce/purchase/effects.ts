import { guardDecidedBy, guardNobodys, takePurchase } from "../../db/purchase-guards.ts";
import type { InvoiceRow } from "../../db/purchase-rows.ts";
import { insertInvoices } from "../../db/purchases.ts";
import { blockedReason, givesAccess } from "../../facts/checkout-fold.ts";
import type { Changes } from "../../kernel/confirmed-write.ts";
import type { Context } from "../../kernel/context.ts";
import { accessChanges } from "./access.ts";
import { type BoundIds, boundAfter } from "./bound.ts";
import { contradiction } from "./contradiction.ts";
import type { Deciding, Known, Source } from "./decision.ts";
import { factWrites, freshFacts, mergedPayments, paidAfter, paymentWrites } from "./facts.ts";
import { intentChanges } from "./intent-changes.ts";
import { freshInvoices } from "./invoices.ts";
import { moneyOf } from "./money.ts";
import { planChanges } from "./plan.ts";
import type { Report } from "./report.ts";
import { isOver, standingOf } from "./standing.ts";
import { subscriptionAfter } from "./subscription.ts";
import { othersForgotten, type SubscriptionMove, subscriptionChanges } from "./subscription-changes.ts";

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
  const isOwnSession = report.bound.sessionId === (intent?.stripeCheckoutSessionId ?? null);
  if (report.names.length > 1 && !isOwnSession) return unapplied("blocked", "names two checkouts");
  if (!intent) return withoutPurchase(report, source, ctx);
  const otherwise = contradiction(report, intent, known, source);
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

function purchaseEffects(report: Report, deciding: Deciding): ReportEffects {
  const { intent, known, source, ctx } = deciding;
  const bound = boundAfter(report, intent);
  const { payments, news } = mergedPayments(known.paymentFacts, report.payments);
  const invoices = freshInvoices(report.invoices, known.invoices, intent);
  const paidCents = paidAfter(report, intent);
  const money = moneyOf(bound, {
    invoices: [...known.invoices, ...invoices],
    payments,
    paidCents: paidCents ?? intent.amountCents,
  });
  const before = new Set(known.facts.map(({ fact }) => fact));
  const fresh = freshFacts(report, { firstInvoicePaid: money.firstInvoicePaid, known: before, intent });
  const facts = new Set([...before, ...fresh]);
  const moved = subscriptionMove(report, bound, deciding);
  const goesOn = bound.stripeSubscriptionId !== null && !isOver(ownAfter(moved, bound, known));
  const standing = standingOf(intent, facts, money.own, goesOn);
  const reason = standing.status === "blocked" ? blockedReason(facts, intent.planSlug !== null) : null;
  const plan = { granted: standing.granted, latest: money.latest, subscription: moved.owned ? moved.after : undefined };

  const parts: Changes[] = [
    { writes: factWrites(fresh, deciding), audit: [] },
    { writes: paymentWrites(news, source, ctx), audit: [] },
    { writes: invoices.length > 0 ? [insertInvoices(ctx, invoices)] : [], audit: [] },
    intentChanges(report, { standing, fresh, news, invoices, reason, bound, paidCents }, deciding),
    accessChanges({ standing, grantedBefore: givesAccess(before) }, deciding),
    subscriptionChanges(moved, deciding),
    othersForgotten(bound, deciding),
    planChanges(plan, deciding),
  ];
  const writes = parts.flatMap((part) => part.writes);
  const guards = learnsOfPayments(bound, invoices, news, deciding)
    ? [guardDecidedBy(ctx, intent.id, money.decidedBy)]
    : [];
  return {
    status: reason ? "blocked" : "processed",
    reason,
    undecided: moved.after?.undecided ?? false,
    writes: writes.length > 0 ? [...takePurchase(ctx, intent), ...writes, ...guards] : [],
    audit: parts.flatMap(({ audit }) => audit),
  };
}

/** The subscription that was told of, or else the checkout's own, before and after. */
function subscriptionMove(
  { subscription: state }: Report,
  { stripeSubscriptionId: own }: BoundIds,
  { known, source }: Deciding,
): SubscriptionMove {
  const id = state?.subscriptionId ?? own;
  const before = known.subscriptions.find(({ stripeSubscriptionId }) => stripeSubscriptionId === id);
  return { before, after: subscriptionAfter(state, before, source), owned: own !== null && id === own };
}

/** How the checkout's own subscription stands, whichever was told of; undefined while nothing was told of it. */
function ownAfter(
  moved: SubscriptionMove,
  { stripeSubscriptionId: own }: BoundIds,
  { subscriptions }: Known,
): { readonly status: string } | undefined {
  return moved.owned ? moved.after : subscriptions.find(({ stripeSubscriptionId }) => stripeSubscriptionId === own);
}

/** Once a purchase is known to be a payment's, its version guards both; at that moment the payment has to be looked at. */
function learnsOfPayments(
  bound: BoundIds,
  invoices: readonly InvoiceRow[],
  news: Report["payments"],
  { intent }: Deciding,
): boolean {
  const named = Object.entries(bound).some(([key, id]) => intent[key as keyof BoundIds] !== id);
  return named || invoices.length > 0 || news.some(({ kind }) => kind === "invoice_payment");
}
