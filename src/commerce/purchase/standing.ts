import { DAY_MS } from "../../base/time.ts";
import type { EntitlementRow } from "../../db/entitlements.ts";
import type { PolicyRow } from "../../db/purchase-rows.ts";
import type { PlanEntitlementRow } from "../../db/purchases.ts";
import type { BlockedReason } from "../../db/schema/vocabulary.ts";
import type { SubscriptionRow } from "../../db/subscriptions.ts";
import {
  type CheckoutFact,
  type CheckoutStatus,
  contradictionIn,
  foldStatus,
  givesAccess,
} from "../../facts/checkout-fold.ts";
import { subscriptionRank } from "../../stripe/subscription-events.ts";
import { mismatchesIn } from "../checkout/as-confirmed.ts";
import { isTestPurchase } from "../modes.ts";
import type { FoldInput, Grant, ReportSource } from "./known.ts";
import type { Money, PurchaseMoney } from "./money.ts";
import type { SubscriptionState } from "./report.ts";

/** What a purchase comes to: a function of the set of its facts, so the order of deliveries can't change it. */
export interface PurchaseStanding {
  readonly status: CheckoutStatus;
  readonly newFacts: readonly CheckoutFact[];
  readonly blockedReason: BlockedReason | null;
  /** Whether it was paid as confirmed, also when the money went back since. Only then it has entitlements. */
  readonly granted: boolean;
  readonly grantedBefore: boolean;
  /** What each line gives, with the entitlement that it has given already. */
  readonly lines: readonly LineStanding[];
  readonly subscriptionChange: SubscriptionChange;
  readonly planStatus: PlanEntitlementRow["status"];
  /** Until when a past due plan is kept; null unless it is active by that alone. */
  readonly planKeptUntil: number | null;
  /** True for a sandbox purchase of what is sold live now: it gives no plan and no access. */
  readonly isTest: boolean;
}

interface LineStanding {
  readonly grant: Grant;
  readonly before: EntitlementRow | undefined;
  readonly status: EntitlementRow["status"];
}

/** Folds the stored and the reported facts of a checkout, its payments and its subscription. */
export function standingOf(input: FoldInput, money: PurchaseMoney): PurchaseStanding {
  const { rows, intent, ctx } = input;
  const factsBefore = new Set(rows.facts.map(({ fact }) => fact));
  const newFacts = newFactsIn(input, factsBefore, money.firstInvoicePaid);
  const facts = new Set([...factsBefore, ...newFacts]);
  const granted = givesAccess(facts);
  const subscriptionChange = subscriptionChangeOf(input);
  const status = statusOf(foldStatus(facts, intent.status), {
    isPaid: facts.has("paid"),
    money: money.own,
    subscriptionStillCharges: stillCharges(input, subscriptionChange),
  });
  const subscription = subscriptionChange.owned ? subscriptionChange.after : undefined;
  const isTest = isTestPurchase(intent, rows.intent[0]?.wantedMode, ctx);
  const keptUntil = keptUntilOf(subscription, money.paidUntil, rows.planPolicy[0]);
  const isKept = keptUntil !== null && input.now < keptUntil;
  const planStatus = planStatusOf(granted && !isTest, money.latest, subscription, {
    policy: rows.planPolicy[0],
    isKept,
  });
  return {
    status,
    newFacts,
    blockedReason: status === "blocked" ? contradictionIn(facts) : null,
    granted,
    grantedBefore: givesAccess(factsBefore),
    lines: rows.grants.map((grant) => lineStanding(grant, { granted: granted && !isTest, money: money.own, rows })),
    subscriptionChange,
    planStatus,
    planKeptUntil: planStatus === "active" ? keptUntil : null,
    isTest,
  };
}

/** The facts in a report that are not stored yet, mismatches of its session included. */
function newFactsIn(
  { report, intent }: FoldInput,
  known: ReadonlySet<CheckoutFact>,
  firstInvoicePaid: boolean,
): CheckoutFact[] {
  const { facts, session } = report;
  const reported = new Set([...facts, ...(session ? mismatchesIn(session, intent) : [])]);
  // A paid first invoice proves the payment, also while the session's own event is missing.
  if (firstInvoicePaid) reported.add("paid");
  return [...reported].filter((fact) => !known.has(fact));
}

/**
 * Refunds and disputes change the status of a paid checkout. They also end the block of a paid checkout, once its
 * subscription has stopped charging.
 */
function statusOf(
  status: CheckoutStatus,
  {
    isPaid,
    money: { dispute, refundedInFull },
    subscriptionStillCharges,
  }: { readonly isPaid: boolean; readonly money: Money; readonly subscriptionStillCharges: boolean },
): CheckoutStatus {
  const blocked = status === "blocked" && isPaid;
  if (status !== "paid" && !blocked) return status;
  if (blocked && subscriptionStillCharges) return status;
  if (dispute === "lost" || (dispute === "open" && !blocked)) return "disputed";
  return refundedInFull ? "refunded" : status;
}

type Policy = Pick<PolicyRow, "onRefundInFull" | "onDisputeOpen" | "onDisputeLost">;

/** The policy of a product without a row in `access_policies`. */
const DEFAULT_POLICY: Policy = { onRefundInFull: "deactivate", onDisputeOpen: "keep", onDisputeLost: "deactivate" };

/** Whether a refund or dispute takes the access back, by the product's policy. */
function isTakenBack({ refundedInFull, dispute }: Money, policy: Policy | null | undefined): boolean {
  // A left join gives a product without a policy a row of nulls.
  const rules = policy?.onRefundInFull ? policy : DEFAULT_POLICY;
  if (refundedInFull && rules.onRefundInFull === "deactivate") return true;
  if (dispute === "none") return false;
  return (dispute === "open" ? rules.onDisputeOpen : rules.onDisputeLost) === "deactivate";
}

/** A checkout has one entitlement of a template; Stripe's facts and the product's policy decide its status. */
function lineStanding(
  grant: Grant,
  { granted, money, rows }: { readonly granted: boolean; readonly money: Money; readonly rows: FoldInput["rows"] },
): LineStanding {
  const { entitlementTemplateId } = grant.map;
  const before = rows.entitlements.find((row) => row.entitlementTemplateId === entitlementTemplateId);
  return { grant, before, status: granted && !isTakenBack(money, grant.policy) ? "active" : "inactive" };
}

const GIVES_PLAN = new Set(["active", "trialing"]);

/**
 * A plan is active while its subscription runs and the money of its latest paid period stays here. An unpaid period takes
 * nothing away: the subscription's status says when it does, and the policy may keep the plan while it is past due. While
 * the subscription is unknown or reported as `incomplete`, the payment alone decides.
 */
function planStatusOf(
  granted: boolean,
  latest: Money,
  subscription: { readonly status: string } | undefined,
  { policy, isKept }: { readonly policy: Policy | undefined; readonly isKept: boolean },
): PlanEntitlementRow["status"] {
  const runs = isKept || !subscription || subscription.status === "incomplete" || GIVES_PLAN.has(subscription.status);
  return granted && runs && !isTakenBack(latest, policy) ? "active" : "inactive";
}

/**
 * The end of the days for which a policy keeps a past due plan, counted from the end of the latest paid period: Stripe's
 * events have no time at which a subscription became past due, and the paid period is known in every order of them. Until
 * a paid invoice is known, the period that the subscription is in counts as the unpaid one.
 */
function keptUntilOf(
  subscription: SubscriptionChange["after"],
  paidUntil: number | null,
  policy: PolicyRow | undefined,
): number | null {
  const days = policy?.pastDueKeepsDays ?? null;
  const since = paidUntil ?? subscription?.currentPeriodStart ?? null;
  if (subscription?.status !== "past_due" || days === null || since === null) return null;
  return since + days * DAY_MS;
}

/** The subscription that was reported, or else the checkout's own. */
export interface SubscriptionChange {
  readonly before: SubscriptionRow | undefined;
  /** Undefined while it is neither reported nor stored. */
  readonly after: Pick<SubscriptionRow, "status" | "currentPeriodStart" | "currentPeriodEnd"> | undefined;
  /** The reported state, where it is later than `before`. */
  readonly newState: SubscriptionState | undefined;
  /** Whether `newState` has the same values as `before`. */
  readonly repeated: boolean;
  /** False while the subscription names the checkout and no session confirms it. */
  readonly owned: boolean;
  /** True when only Stripe knows which of two states is the later one. */
  readonly undecided: boolean;
}

function subscriptionChangeOf({ report, rows, bound, source }: FoldInput): SubscriptionChange {
  const reported = report.subscription;
  const id = reported?.stripeSubscriptionId ?? bound.stripeSubscriptionId;
  const before = rows.subscriptions.find(({ stripeSubscriptionId }) => stripeSubscriptionId === id);
  const newState = reported && (!before || isLater(reported, before, source)) ? reported : undefined;
  return {
    before,
    after: newState ?? before,
    newState,
    repeated: newState !== undefined && before !== undefined && repeats(newState, before),
    owned: bound.stripeSubscriptionId !== null && id === bound.stripeSubscriptionId,
    undecided: reported !== undefined && before !== undefined && isTie(reported, before, source),
  };
}

/** Whether the checkout's own subscription may charge again. An unknown one may. */
function stillCharges({ rows, bound }: FoldInput, { owned, after }: SubscriptionChange): boolean {
  const id = bound.stripeSubscriptionId;
  if (id === null) return false;
  const own = owned ? after : rows.subscriptions.find(({ stripeSubscriptionId }) => stripeSubscriptionId === id);
  return own?.status !== "canceled" && own?.status !== "incomplete_expired";
}

const CREATED = subscriptionRank("customer.subscription.created");
const DELETED = subscriptionRank("customer.subscription.deleted");

/** By Stripe's time, which counts in seconds; within one second by the type of the event, then by its id. */
function isLater(state: SubscriptionState, known: SubscriptionRow, source: ReportSource): boolean {
  if (state.askedAt !== undefined) return known.updatedAt < state.askedAt || state.at > known.stateEventAt;
  const later = state.at - known.stateEventAt || state.rank - known.stateEventRank;
  return later !== 0 ? later > 0 : (source.stripeEventId ?? "") > known.stateEventId;
}

/**
 * True for two different events of one second whose real order only Stripe knows: an update can follow a resumption, which
 * has the higher rank. A creation is always the first and a deletion always the last.
 */
function isTie(state: SubscriptionState, known: SubscriptionRow, source: ReportSource): boolean {
  if (state.askedAt !== undefined || state.at !== known.stateEventAt) return false;
  const settled = [state.rank, known.stateEventRank].some((rank) => rank === CREATED || rank === DELETED);
  if (settled && state.rank !== known.stateEventRank) return false;
  return source.stripeEventId !== null && source.stripeEventId !== known.stateEventId && !repeats(state, known);
}

const STATE_COLUMNS = [
  "status",
  "currentPeriodStart",
  "currentPeriodEnd",
  "cancelAtPeriodEnd",
  "collectionPaused",
  "endedAt",
  "stripeCustomerId",
  "stripePriceId",
] as const satisfies (keyof SubscriptionRow & keyof SubscriptionState)[];

function repeats(state: SubscriptionState, row: SubscriptionRow): boolean {
  return STATE_COLUMNS.every((column) => row[column] === state[column]);
}
