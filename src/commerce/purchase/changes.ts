import { nextVersion } from "../../base/time.ts";
import type { AuditEntry } from "../../db/audit.ts";
import type { PurchaseRowChanges } from "../../db/purchase-writes.ts";
import type { SubscriptionRow, SubscriptionWrite } from "../../db/subscriptions.ts";
import type { ReportedPayment } from "../../stripe/payment-events.ts";
import { GRANT_BY_PAYMENT } from "../modes.ts";
import { FACT_WORDS } from "../words.ts";
import type { BoundIds, FoldInput, ReportSource } from "./known.ts";
import { mailsOf } from "./mails.ts";
import type { PurchaseMoney } from "./money.ts";
import type { SubscriptionState } from "./report.ts";
import type { PurchaseStanding, SubscriptionChange } from "./standing.ts";

/** A changed row, and the audit entry of its change. */
interface Change<Row> {
  readonly row: Row;
  readonly audit: readonly AuditEntry[];
}

/** The rows that a report changes, with an audit row for each that gets a new version. */
export function changesOf(input: FoldInput, money: PurchaseMoney, standing: PurchaseStanding): PurchaseRowChanges {
  const { intent, source, ctx } = input;
  const intentChange = changedIntent(input, money, standing);
  const grants = newGrants(input, standing);
  const accessChanges = movedEntitlements(input, standing);
  const subscription = changedSubscription(input, standing.subscriptionChange);
  const forgotten = forgottenSubscriptions(input);
  const plan = changedPlan(input, standing);
  const audited = [intentChange, ...grants, ...accessChanges, subscription, forgotten, plan];
  return {
    intent,
    intentChange: intentChange?.row,
    facts: standing.newFacts.map((fact) => ({
      ownerUserId: ctx.ownerUserId,
      checkoutIntentId: intent.id,
      fact,
      stripeEventId: source.stripeEventId,
      occurredAt: source.at,
    })),
    payments: money.newPayments.map((payment) => paymentRow(payment, source, ctx.ownerUserId)),
    invoices: money.newInvoices,
    grants: grants.map(({ row }) => row),
    movedEntitlements: accessChanges.map(({ row }) => row),
    subscription: subscription?.row,
    onlySubscription: forgotten?.row,
    plan: plan?.row,
    payer: source.payer ?? undefined,
    mails: mailsOf(input, money, standing),
    isTest: standing.isTest,
    guardedPayments: linksNewPayment(input, money) ? money.decidedBy : undefined,
    audit: auditOf(
      audited.flatMap((change) => change?.audit ?? []),
      input,
    ),
  };
}

/** The audit of a report: it has the correlation id of the checkout, and no actor id. */
function auditOf(entries: readonly AuditEntry[], { intent, source, now }: FoldInput): PurchaseRowChanges["audit"] {
  const { actorKind, stripeEventId } = source;
  const { operationId, auditCorrelationId } = intent;
  return {
    entries: entries.map((entry) => ({ ...entry, checkoutIntentId: intent.id })),
    by: { actorKind, stripeEventId, operationId, auditCorrelationId },
    at: now,
  };
}

/** The columns of a reported fact about a payment. */
export function paymentRow(payment: ReportedPayment, source: ReportSource, ownerUserId: string) {
  return { ...payment, ownerUserId, stripeEventId: source.stripeEventId ?? "", occurredAt: source.at };
}

/** The checkout gets a new version with every new fact, and when a report fills in a column. */
function changedIntent(
  { report, intent, bound, source, now }: FoldInput,
  { newPayments, newInvoices, paidCents, taxCents }: PurchaseMoney,
  { status, newFacts, blockedReason }: PurchaseStanding,
): Change<NonNullable<PurchaseRowChanges["intentChange"]>> | undefined {
  const change = {
    ...bound,
    paidCents,
    taxCents,
    status,
    // A checkout that is blocked while Stripe's answer is missing keeps that reason until a fact is known.
    blockedReason: blockedReason ?? (status === "blocked" ? intent.blockedReason : null),
    paidAt: intent.paidAt ?? (newFacts.includes("paid") ? source.at : null),
  };
  const differs = Object.entries(change).some(([key, value]) => intent[key as keyof typeof change] !== value);
  const reported = [
    ...newFacts.map((fact) => FACT_WORDS[fact]),
    ...newPayments.map(({ kind, state }) => `a ${kind.replace("_", " ")} as ${stateWords(state)}`),
    ...newInvoices.map(() => "a paid invoice"),
  ];
  if (!differs && reported.length === 0) return undefined;
  const otherwise =
    report.subscription && status !== intent.status
      ? `Stripe reported the subscription as ${stateWords(report.subscription.status)}.`
      : "Stripe reported more about this checkout.";
  return {
    row: { ...change, updatedAt: nextVersion(intent.updatedAt, now) },
    audit: [
      {
        eventKind: source.eventKind,
        subjectId: intent.id,
        subjectStatus: status,
        summary: reported.length > 0 ? `Stripe reported ${reported.join(", ")}.` : otherwise,
      },
    ],
  };
}

/** Stripe's word for a state; a text of another shape may hold anything and is left out. */
function stateWords(state: string): string {
  return /^[a-z_]{1,40}$/.test(state) ? state.replaceAll("_", " ") : "something new";
}

/** Each line of a checkout that has just been paid gives an entitlement and a task. */
function newGrants(
  { intent, source, now, ctx }: FoldInput,
  { granted, grantedBefore, isTest, lines }: PurchaseStanding,
): Change<PurchaseRowChanges["grants"][number]>[] {
  // Access that the catalog added to a price later is not given to its earlier buyers.
  if (!granted || grantedBefore || isTest) return [];
  const missing = lines.filter(({ before }) => !before);
  return missing.map(({ grant: { map, line }, status }) => {
    const id = `entitlement-${intent.id}-${map.entitlementTemplateId}`;
    const common = {
      ownerUserId: ctx.ownerUserId,
      checkoutIntentId: intent.id,
      productId: map.productId,
      updatedAt: now,
    };
    const entitlement = {
      ...common,
      id,
      entitlementTemplateId: map.entitlementTemplateId,
      accessRuleId: map.accessRuleId,
      status,
      grantKind: GRANT_BY_PAYMENT[intent.stripeMode],
      sourcePriceId: line.priceId,
      grantedAt: now,
      sourceStripeEventId: source.stripeEventId,
      sourceCommerceProductId: map.sourceCommerceProductId,
      buyerUserId: intent.buyerUserId,
      buyerEmailHash: source.buyerEmailHash,
      revokedAt: status === "inactive" ? now : null,
    };
    const task = {
      ...common,
      id: `fulfillment-${intent.id}-${map.entitlementTemplateId}`,
      entitlementId: id,
      status: status === "active" ? ("queued" as const) : ("paused" as const),
      fulfillmentKind: map.taskKind,
      summary: map.taskSummary,
      createdAt: now,
    };
    const summary = "Access was granted for a paid line.";
    return {
      row: { entitlement, task },
      audit: [{ eventKind: "product_entitlement_granted", subjectId: id, subjectStatus: status, summary }],
    };
  });
}

/** The entitlements whose status changes by the facts and the product's policy. */
function movedEntitlements(
  { now }: FoldInput,
  { lines }: PurchaseStanding,
): Change<PurchaseRowChanges["movedEntitlements"][number]>[] {
  return lines.flatMap(({ before, status }) => {
    if (!before || before.status === status) return [];
    const updatedAt = nextVersion(before.updatedAt, now);
    const audit: AuditEntry = {
      eventKind: "product_entitlement_status_changed",
      subjectId: before.id,
      subjectStatus: status,
      summary: `Access became ${status} by what Stripe reported.`,
    };
    const change = { status, updatedAt, revokedAt: status === "inactive" ? updatedAt : null };
    return [{ row: { before, change }, audit: [audit] }];
  });
}

/** A later state of a subscription, or its checkout once that is known. A repeated state makes no new version. */
function changedSubscription(
  { intent, source, now, ctx }: FoldInput,
  { before, newState, repeated, owned }: SubscriptionChange,
): Change<SubscriptionWrite> | undefined {
  const adopted = before !== undefined && owned && before.planSlug === null;
  if (newState && before && repeated && !adopted) {
    // A check that finds the stored state writes nothing.
    if (source.stripeEventId === null) return undefined;
    return { row: { kind: "repeated", before, latest: orderColumns(newState, before, source) }, audit: [] };
  }
  const reported = newState && { ...stateColumns(newState), ...orderColumns(newState, before, source) };
  const columns = reported ?? (adopted ? before : undefined);
  if (!columns) return undefined;
  const id = before?.id ?? ctx.ids.next("billing-subscription");
  const row = {
    ...columns,
    checkoutIntentId: intent.id,
    productId: owned ? intent.productId : null,
    priceId: owned ? intent.priceId : null,
    buyerUserId: owned ? intent.buyerUserId : null,
    planSlug: owned ? intent.planSlug : null,
    id,
    ownerUserId: ctx.ownerUserId,
    stripeMode: intent.stripeMode,
    createdAt: now,
    updatedAt: before ? nextVersion(before.updatedAt, now) : now,
  };
  const whose = owned ? "The subscription" : "A subscription that names this checkout";
  return {
    row: { kind: "put", row, before },
    audit: [
      {
        eventKind: source.eventKind,
        subjectId: id,
        subjectStatus: columns.status,
        summary: `${whose} is ${stateWords(columns.status)}.`,
      },
    ],
  };
}

function stateColumns({ at, rank, askedAt, livemode, ...columns }: SubscriptionState) {
  return columns;
}

/** The place of a state in the order of all states of its subscription. */
function orderColumns(state: SubscriptionState, before: SubscriptionRow | undefined, source: ReportSource) {
  const known = { at: before?.stateEventAt ?? 0, rank: before?.stateEventRank ?? 0 };
  const isFetched = state.askedAt !== undefined;
  // A check is later than the stored event, and earlier than any further event of the same second.
  const keepsRank = isFetched && (source.stripeEventId === null || state.at <= known.at);
  return {
    stateEventAt: Math.max(state.at, isFetched ? known.at : 0),
    stateEventRank: keepsRank ? known.rank : state.rank,
    stateEventId: source.stripeEventId ?? "",
  };
}

/** Once the checkout's own subscription is known, the others that named the checkout are deleted. */
function forgottenSubscriptions({ intent, bound, rows, source }: FoldInput): Change<string> | undefined {
  const own = bound.stripeSubscriptionId;
  if (own === null || own === intent.stripeSubscriptionId) return undefined;
  const others = rows.subscriptions.filter(({ stripeSubscriptionId }) => stripeSubscriptionId !== own);
  return {
    row: own,
    audit: others.map(({ id }) => ({
      eventKind: source.eventKind,
      subjectId: id,
      subjectStatus: "forgotten",
      summary: "A subscription that only named this checkout was forgotten.",
    })),
  };
}

/** A plan entitlement is made once its checkout is paid; its status then follows the subscription. */
function changedPlan(
  { intent, rows, source, now, ctx }: FoldInput,
  { granted, planStatus, planKeptUntil, isTest, subscriptionChange }: PurchaseStanding,
): Change<NonNullable<PurchaseRowChanges["plan"]>> | undefined {
  const [before] = rows.planEntitlement;
  if (!intent.planSlug || !intent.buyerUserId || (!before && (!granted || isTest))) return undefined;
  const { owned, after } = subscriptionChange;
  const subscription = owned ? after : undefined;
  const startsAt = before?.startsAt ?? subscription?.currentPeriodStart ?? source.at;
  const endsAt = subscription?.currentPeriodEnd ?? before?.endsAt ?? null;
  const buyerEmailHash = before?.buyerEmailHash ?? source.buyerEmailHash;
  const change = { status: planStatus, endsAt, buyerEmailHash, keptUntil: planKeptUntil };
  if (before && Object.entries(change).every(([key, value]) => before[key as keyof typeof change] === value)) {
    return undefined;
  }
  const id = before?.id ?? `plan-entitlement-${intent.id}`;
  const row = {
    id,
    ownerUserId: ctx.ownerUserId,
    buyerUserId: intent.buyerUserId,
    ...change,
    source: "stripe_checkout_session" as const,
    planSlug: intent.planSlug,
    stripeMode: intent.stripeMode,
    checkoutIntentId: intent.id,
    startsAt,
    createdAt: now,
    updatedAt: before ? nextVersion(before.updatedAt, now) : now,
  };
  const summary = `The plan is ${planStatus}.`;
  return {
    row: { row, before },
    audit: [{ eventKind: "publisher_plan_entitlement_changed", subjectId: id, subjectStatus: planStatus, summary }],
  };
}

/**
 * True when this report is the first to link a payment to this checkout. Facts stored earlier are not covered by the
 * checkout's version, so the commit re-checks them.
 */
function linksNewPayment({ intent, bound }: FoldInput, { newPayments, newInvoices }: PurchaseMoney): boolean {
  const bindsNewObject = Object.entries(bound).some(([key, id]) => intent[key as keyof BoundIds] !== id);
  return bindsNewObject || newInvoices.length > 0 || newPayments.some(({ kind }) => kind === "invoice_payment");
}
