import type Stripe from "stripe";
import type { Account } from "./account.ts";
import type { Change } from "./change.ts";
import { seconds } from "./clock.ts";
import { collection, listOf, type Stored } from "./collection.ts";
import type { WireEvent } from "./events.ts";
import { newId } from "./ids.ts";
import type { WireLineItem } from "./line-items.ts";
import { periodEnd } from "./periods.ts";
import type { Sandbox } from "./sandbox.ts";
import { newSubscriptionItem, type Period, type WireSubscriptionItem } from "./subscription-items.ts";

/** A subscription as JSON. */
export interface WireSubscription extends Omit<Stripe.Subscription, "items" | "customer" | "latest_invoice"> {
  customer: string;
  items: ReturnType<typeof listOf<WireSubscriptionItem>>;
  latest_invoice: string | null;
}

/** The buyer's card, by the result of a charge without the buyer. */
export const CARDS = ["good", "declines", "needs_action"] as const;
/** One of `CARDS`. */
export type Card = (typeof CARDS)[number];

/** The fields of a subscription that the API does not show. */
interface SubscriptionHidden {
  /** The names of its products, for the portal page. */
  name: string;
  card: Card;
  email: string;
  /** The number of its invoices so far. */
  invoices: number;
  /** The uncollected invoice and the time of its next attempt in epoch seconds; `retryAt` is null after the last attempt. */
  unpaid: { invoice: string; retryAt: number | null } | null;
  /** The currency in which its buyer pays, where that is another one. */
  presented: Account["adaptivePricingDefault"];
  /** One-time items that wait for the next invoice, in their order. */
  waiting: WireLineItem[];
  /** When the clock changes it next, in epoch seconds. Computed at each write. */
  dueAt: number | null;
}

/** A subscription as it was read. */
export type StoredSubscription = Stored<WireSubscription, SubscriptionHidden>;

/** A subscription in its new state, and the change that stores it. */
export interface SubscriptionOutcome {
  subscription: WireSubscription;
  change: Change;
}

/** All stored subscriptions. */
export const subscriptions = collection<WireSubscription, SubscriptionHidden>("subscription", "subscriptions");

/** A new subscription, incomplete until its first payment. */
export function newSubscription(
  sandbox: Sandbox,
  of: {
    lines: WireLineItem[];
    customer: string;
    currency: string;
    metadata: Record<string, string>;
    description: string | undefined;
    /** The session that starts it: tax, merchant of record and presentment go over. */
    session: Pick<Stripe.Checkout.Session, "automatic_tax" | "managed_payments" | "presentment_details">;
    billingMode: Account["billingMode"];
  },
): WireSubscription {
  const created = seconds(sandbox.now);
  const id = newId("sub");
  const presented = of.session.presentment_details;
  const recurring = of.lines.find((line) => line.price.recurring !== null)?.price.recurring;
  const period = { start: created, end: recurring ? periodEnd(created, created, recurring) : created };
  const items = of.lines.flatMap((line) => newSubscriptionItem(sandbox, line, id, period) ?? []);
  return {
    id,
    object: "subscription",
    application: null,
    application_fee_percent: null,
    automatic_tax: {
      disabled_reason: null,
      enabled: of.session.automatic_tax.enabled,
      liability: of.session.automatic_tax.liability,
    },
    billing_cycle_anchor: created,
    billing_cycle_anchor_config: null,
    billing_mode:
      of.billingMode === "flexible"
        ? { flexible: { proration_discounts: "included" }, type: "flexible" }
        : { flexible: null, type: "classic" },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: NOT_CANCELED,
    collection_method: "charge_automatically",
    created,
    currency: of.currency,
    customer: of.customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: of.description ?? null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: "self" },
    },
    items: listOf(`/v1/subscription_items?subscription=${id}`, items, false),
    latest_invoice: null,
    livemode: sandbox.livemode,
    managed_payments: of.session.managed_payments,
    metadata: of.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: "off" },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: created,
    status: "incomplete",
    test_clock: null,
    transfer_data: null,
    trial_end: null,
    trial_settings: null,
    trial_start: null,
    ...(presented ? { presentment_details: { presentment_currency: presented.presentment_currency } } : {}),
  } satisfies WireSubscription;
}

/** The details of a subscription without a cancellation. */
export const NOT_CANCELED: Stripe.Subscription.CancellationDetails = {
  comment: null,
  feedback: null,
  feedback_option: null,
  reason: null,
};

/** The current billing period; it is the same for all items of a subscription. */
export function currentPeriod({ items, created }: WireSubscription): Period {
  const [item] = items.data;
  return { start: item?.current_period_start ?? created, end: item?.current_period_end ?? created };
}

/** The subscription with another current period. */
export function inPeriod(subscription: WireSubscription, { start, end }: Period): WireSubscription {
  const data = subscription.items.data.map((item) => ({
    ...item,
    current_period_start: start,
    current_period_end: end,
  }));
  return { ...subscription, items: { ...subscription.items, data } };
}

/** The period that begins at `start`. */
export function periodFrom(subscription: WireSubscription, start: number): Period {
  const recurring = subscription.items.data[0]?.price.recurring;
  const end = recurring ? periodEnd(subscription.billing_cycle_anchor, start, recurring) : start;
  return { start, end };
}

/** True while its renewals are billed. */
export function isBilled({ status }: WireSubscription): boolean {
  return status === "active" || status === "past_due";
}

/** Statements that add a subscription. */
export function insertSubscription(
  sandbox: Sandbox,
  body: WireSubscription,
  hidden: Omit<SubscriptionHidden, "dueAt">,
): D1PreparedStatement[] {
  return subscriptions.insert(sandbox, body, withDue(body, hidden));
}

/** A subscription in its new state, with its events. */
export function changedSubscription(
  sandbox: Sandbox,
  stored: StoredSubscription,
  body: WireSubscription,
  events: WireEvent[],
  hidden: Omit<SubscriptionHidden, "dueAt"> = stored.hidden,
): SubscriptionOutcome {
  const writes = subscriptions.replace(sandbox, stored, body, withDue(body, hidden));
  return { subscription: body, change: { writes, events } };
}

function withDue(body: WireSubscription, hidden: Omit<SubscriptionHidden, "dueAt">): SubscriptionHidden {
  const times = isBilled(body)
    ? [
        currentPeriod(body).end,
        body.cancel_at,
        body.pause_collection?.resumes_at ?? null,
        hidden.unpaid?.retryAt ?? null,
      ].filter((time) => time !== null)
    : [];
  return { ...hidden, dueAt: times.length === 0 ? null : Math.min(...times) };
}
