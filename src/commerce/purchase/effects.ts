import type { Context } from "../../context.ts";
import { type IntentRow, updateIntent } from "../../db/checkouts.ts";
import type { Query, Rows } from "../../db/database.ts";
import {
  insertFacts,
  moveEntitlement,
  type PaymentFactRow,
  type purchaseQueries,
  putPlanEntitlement,
  putSubscription,
  raisePaymentFact,
  type SubscriptionRow,
  takePurchase,
} from "../../db/purchases.ts";
import type { AuditEntry, Changes } from "../../kernel/confirmed-write.ts";
import { nextVersion } from "../../kernel/time.ts";
import { idOf } from "../../stripe/session-facts.ts";
import { blockedReason, type CheckoutFact } from "../checkout-fold.ts";
import { grantAudit, grantWrites } from "./grant.ts";
import type { Report, SubscriptionState } from "./report.ts";
import { entitlementStatus, planStatus, type Standing, standingOf } from "./standing.ts";

/** What the database knows of the purchase that a report is about. */
export type Known = Rows<ReturnType<typeof purchaseQueries>>;

/** Where a report came from: an event's id and time, or a look of our own. */
export interface Source {
  readonly stripeEventId: string | null;
  /** Epoch milliseconds, Stripe's. */
  readonly at: number;
  /** What the audit calls a change of the purchase. */
  readonly eventKind: AuditEntry["eventKind"];
  readonly buyerEmailHash: string | null;
}

/** What a report does, and why a person has to look where it is ambiguous. */
export interface ReportEffects extends Changes {
  readonly status: "processed" | "ignored" | "blocked";
  readonly reason: string | null;
}

const unapplied = (status: ReportEffects["status"], reason: string | null): ReportEffects => ({
  status,
  reason,
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
  if (
    report.session &&
    intent.stripeCheckoutSessionId !== null &&
    intent.stripeCheckoutSessionId !== report.session.id
  ) {
    return unapplied("blocked", "names a checkout that has another session");
  }
  const subscriptionId = report.target.subscriptionId;
  if (subscriptionId && intent.stripeSubscriptionId !== null && intent.stripeSubscriptionId !== subscriptionId) {
    return unapplied("blocked", "names a checkout that has another subscription");
  }
  return purchaseEffects(report, { ...known, found: intent }, source, now, ctx);
}

/** A refund may come before its checkout is known to be paid: the fact is kept under its payment and waits there. */
function withoutPurchase(report: Report, source: Source, ctx: Context): ReportEffects {
  if (report.payment) {
    return { status: "ignored", reason: null, writes: paymentWrites(report, source, ctx), audit: [] };
  }
  const ours = report.names.some((name) => name.startsWith("checkout-intent-"));
  return ours ? unapplied("blocked", "names a checkout that is not here") : unapplied("ignored", null);
}

function purchaseEffects(
  report: Report,
  known: Known & { found: IntentRow },
  source: Source,
  now: number,
  ctx: Context,
): ReportEffects {
  const { found: intent } = known;
  const before = new Set(known.facts.map(({ fact }) => fact));
  const fresh = [...report.facts, ...mismatches(report, intent)].filter((fact) => !before.has(fact));
  const facts = new Set([...before, ...fresh]);
  const payment = mergedPayment(known.paymentFacts, report);
  const heard = fresh.length > 0 || payment !== known.paymentFacts;
  const standing = standingOf({ intent, facts, payment });
  const earlier = standingOf({ intent, facts: before, payment: known.paymentFacts });
  const subscription = latest(report.subscription, known.subscription[0], source);
  const reason = blockedReason(facts);

  const parts: Changes[] = [
    { writes: factWrites(fresh, intent, source, ctx), audit: [] },
    { writes: payment === known.paymentFacts ? [] : paymentWrites(report, source, ctx), audit: [] },
    intentChanges(report, intent, { standing, fresh, heard, reason }, source, now, ctx),
    accessChanges(known, standing, earlier, intent, source, now, ctx),
    subscriptionChanges(subscription, known.subscription[0], intent, source, now, ctx),
    planChanges(subscription ?? known.subscription[0], known, standing, intent, source, now, ctx),
  ];
  const writes = parts.flatMap((part) => part.writes);
  return {
    status: reason ? "blocked" : "processed",
    reason,
    writes: writes.length > 0 ? [...takePurchase(ctx, intent), ...writes] : [],
    audit: parts.flatMap(({ audit }) => audit),
  };
}

/** What contradicts the checkout that was confirmed. */
function mismatches({ money }: Report, intent: IntentRow): CheckoutFact[] {
  if (!money) return [];
  const found: CheckoutFact[] = [];
  if (money.amountCents !== intent.amountCents) found.push("amount_mismatch");
  if (money.currency !== intent.currency) found.push("currency_mismatch");
  if (money.livemode !== (intent.stripeMode === "live")) found.push("mode_mismatch");
  return found;
}

function mergedPayment(known: readonly PaymentFactRow[], { payment }: Report) {
  if (!payment) return known;
  const same = known.find(({ kind, stripeObjectId }) => kind === payment.kind && stripeObjectId === payment.objectId);
  if (same && same.rank >= payment.rank) return known;
  return [...known.filter((row) => row !== same), payment];
}

/** The report's state of the subscription, if it is later than the one that is known; no two events stand equal. */
function latest(state: SubscriptionState | undefined, known: SubscriptionRow | undefined, source: Source) {
  if (!state || !known) return state;
  const later = state.at - known.stateEventAt || state.rank - known.stateEventRank;
  if (later !== 0) return later > 0 ? state : undefined;
  return (source.stripeEventId ?? "") > known.stateEventId ? state : undefined;
}

function factWrites(fresh: readonly CheckoutFact[], intent: IntentRow, source: Source, ctx: Context): Query[] {
  if (fresh.length === 0) return [];
  return [
    insertFacts(
      ctx,
      fresh.map((fact) => ({
        ownerUserId: ctx.ownerUserId,
        checkoutIntentId: intent.id,
        fact,
        stripeEventId: source.stripeEventId,
        occurredAt: source.at,
      })),
    ),
  ];
}

function paymentWrites({ payment }: Report, source: Source, ctx: Context): Query[] {
  if (!payment) return [];
  const { paymentIntentId, objectId, kind, state, rank, amountCents } = payment;
  return [
    raisePaymentFact(ctx, {
      ownerUserId: ctx.ownerUserId,
      stripePaymentIntentId: paymentIntentId,
      stripeObjectId: objectId,
      kind,
      state,
      rank,
      amountCents,
      stripeEventId: source.stripeEventId ?? "",
      occurredAt: source.at,
    }),
  ];
}

/** The intent moves with every new fact, and where a report fills in what was not known of it. */
function intentChanges(
  report: Report,
  intent: IntentRow,
  told: { standing: Standing; fresh: readonly CheckoutFact[]; heard: boolean; reason: string | null },
  source: Source,
  now: number,
  ctx: Context,
): Changes {
  const { standing, fresh, heard, reason } = told;
  const { session } = report;
  const change = {
    status: standing.status,
    // A checkout that waits for an answer of Stripe's keeps saying so until a fact is known.
    blockedReason: reason ?? (standing.status === "blocked" ? intent.blockedReason : null),
    paidAt: intent.paidAt ?? (fresh.includes("paid") ? source.at : null),
    stripeCheckoutSessionId: intent.stripeCheckoutSessionId ?? session?.id ?? null,
    stripePaymentIntentId: intent.stripePaymentIntentId ?? idOf(session?.payment_intent),
    stripeSubscriptionId: intent.stripeSubscriptionId ?? report.target.subscriptionId ?? null,
  };
  const moved = Object.entries(change).some(([key, value]) => intent[key as keyof IntentRow] !== value);
  if (!moved && !heard) return { writes: [], audit: [] };
  return {
    writes: updateIntent(ctx, intent, { ...change, updatedAt: nextVersion(intent.updatedAt, now) }),
    audit: [
      {
        eventKind: source.eventKind,
        subjectId: intent.id,
        subjectStatus: standing.status,
        summary: summaryOf(report, fresh),
      },
    ],
  };
}

function summaryOf({ payment, subscription }: Report, fresh: readonly CheckoutFact[]): string {
  if (fresh.length > 0) return `Stripe reported ${fresh.join(", ")}.`;
  if (payment) return `Stripe reported a ${payment.kind} as ${payment.state}.`;
  return subscription ? "Stripe named the subscription of this checkout." : "Stripe reported more about this checkout.";
}

/** Grants what became payable for, and moves what is granted to where the facts and the policy put it. */
function accessChanges(
  known: Known,
  standing: Standing,
  earlier: Standing,
  intent: IntentRow,
  source: Source,
  now: number,
  ctx: Context,
): Changes {
  const writes: Query[] = [];
  const audit: AuditEntry[] = [];
  for (const grant of known.grants) {
    const status = entitlementStatus(standing, grant);
    const existing = known.entitlements.find((row) => row.entitlementTemplateId === grant.map.entitlementTemplateId);
    if (!existing && standing.granted && !earlier.granted) {
      writes.push(...grantWrites(grant, { intent, source, status, now, ctx }));
      audit.push(grantAudit(grant, intent, status));
    }
    if (existing && existing.status !== status) {
      const updatedAt = nextVersion(existing.updatedAt, now);
      const revokedAt = status === "inactive" ? updatedAt : null;
      writes.push(...moveEntitlement(ctx, existing, { status, updatedAt, revokedAt }));
      audit.push({
        eventKind: "product_entitlement_status_changed",
        subjectId: existing.id,
        subjectStatus: status,
        summary: `Access became ${status} by what Stripe reported.`,
      });
    }
  }
  return { writes, audit };
}

function subscriptionChanges(
  state: SubscriptionState | undefined,
  before: SubscriptionRow | undefined,
  intent: IntentRow,
  source: Source,
  now: number,
  ctx: Context,
): Changes {
  if (!state) return { writes: [], audit: [] };
  const id = before?.id ?? `billing-subscription-${intent.id}`;
  const row = {
    id,
    ownerUserId: ctx.ownerUserId,
    productId: intent.productId,
    priceId: intent.priceId,
    status: state.status,
    currentPeriodStart: state.periodStart,
    currentPeriodEnd: state.periodEnd,
    cancelAtPeriodEnd: state.cancelAtPeriodEnd ? 1 : 0,
    buyerUserId: intent.buyerUserId,
    stripeCustomerId: state.customerId,
    stripeSubscriptionId: state.subscriptionId,
    stripePriceId: state.stripePriceId,
    checkoutIntentId: intent.id,
    planSlug: intent.planSlug,
    stripeMode: intent.stripeMode,
    stateEventAt: state.at,
    stateEventRank: state.rank,
    stateEventId: source.stripeEventId ?? "",
    createdAt: now,
    updatedAt: before ? nextVersion(before.updatedAt, now) : now,
  };
  return {
    writes: putSubscription(ctx, row, before),
    audit: [
      {
        eventKind: source.eventKind,
        subjectId: id,
        subjectStatus: state.status,
        summary: `The subscription is ${state.status}.`,
      },
    ],
  };
}

/** Gives a plan once its checkout is paid, and keeps it as its subscription goes. */
function planChanges(
  subscription:
    | {
        status: string;
        periodStart?: number;
        periodEnd?: number;
        currentPeriodStart?: number | null;
        currentPeriodEnd?: number | null;
      }
    | undefined,
  known: Known,
  standing: Standing,
  intent: IntentRow,
  source: Source,
  now: number,
  ctx: Context,
): Changes {
  const [before] = known.planEntitlement;
  if (!intent.planSlug || !intent.buyerUserId || (!before && !standing.granted)) return { writes: [], audit: [] };
  // Where plans are sold live, a test purchase gives nothing.
  if (!before && ctx.plansMode === "live" && intent.stripeMode === "sandbox") return { writes: [], audit: [] };
  const status = planStatus(standing, subscription);
  const startsAt = subscription?.periodStart ?? subscription?.currentPeriodStart ?? before?.startsAt ?? source.at;
  const endsAt = subscription?.periodEnd ?? subscription?.currentPeriodEnd ?? before?.endsAt ?? null;
  const buyerEmailHash = before?.buyerEmailHash ?? source.buyerEmailHash;
  if (before && before.status === status && before.endsAt === endsAt && before.buyerEmailHash === buyerEmailHash) {
    return { writes: [], audit: [] };
  }
  const id = before?.id ?? `plan-entitlement-${intent.id}`;
  const row = {
    id,
    ownerUserId: ctx.ownerUserId,
    buyerUserId: intent.buyerUserId,
    buyerEmailHash,
    status,
    source: "stripe_checkout_session" as const,
    planSlug: intent.planSlug,
    stripeMode: intent.stripeMode,
    checkoutIntentId: intent.id,
    startsAt: before?.startsAt ?? startsAt,
    endsAt,
    createdAt: now,
    updatedAt: before ? nextVersion(before.updatedAt, now) : now,
  };
  return {
    writes: putPlanEntitlement(ctx, row, before),
    audit: [
      {
        eventKind: "publisher_plan_entitlement_changed",
        subjectId: id,
        subjectStatus: status,
        summary: `The plan is ${status}.`,
      },
    ],
  };
}
