import { type SQL, sql } from "drizzle-orm";
import {
  billingInvoices,
  billingSubscriptions,
  checkoutIntents,
  paymentFacts,
  stripeWebhookEvents,
} from "./schema/index.ts";
import { HANDLED_EVENT_TYPES } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";

type HandledType = (typeof HANDLED_EVENT_TYPES)[number];

/**
 * Rows that prove that Stripe had an event of that type to deliver; each is one lookup in an index. No row proves it for the
 * other types: an update of a refund, a payment that the buyer has to confirm.
 */
const OBJECTS: Partial<Record<HandledType, (store: Store) => SQL>> = {
  "checkout.session.completed": (store) => checkouts(store, ["paid", "completed", "refunded", "disputed"]),
  "checkout.session.expired": (store) => checkouts(store, ["expired"]),
  "customer.subscription.created": (store) => subscriptions(store, sql`1`),
  "customer.subscription.updated": (store) => subscriptions(store, statusIn(["past_due", "unpaid"])),
  "customer.subscription.deleted": (store) => subscriptions(store, statusIn(["canceled"])),
  "customer.subscription.paused": (store) => subscriptions(store, statusIn(["paused"])),
  "invoice.paid": invoices,
  "invoice_payment.paid": invoices,
  "invoice.payment_failed": (store) => subscriptions(store, statusIn(["past_due", "unpaid"])),
  "charge.refunded": (store) => sql`(${facts(store, "refund")} OR ${facts(store, "charge")})`,
  "refund.created": (store) => sql`(${facts(store, "refund")} OR ${facts(store, "charge")})`,
  "charge.dispute.created": (store) => facts(store, "dispute"),
};

/** One row for each handled type: when Stripe last delivered an event of it, and whether its objects exist here. */
export function heardTypes(store: Store) {
  const type = sql<HandledType>`kind.value`;
  const { ownerUserId, eventType, deliveredAt } = stripeWebhookEvents;
  const cases = Object.entries(OBJECTS).map(([name, exists]) => sql`WHEN ${name} THEN ${exists(store)}`);
  return store.db.build
    .select({
      eventType: type.as("event_type"),
      lastDeliveredAt: sql<number | null>`(SELECT max(${deliveredAt}) FROM ${stripeWebhookEvents}
        WHERE ${ownerUserId} = ${store.ownerUserId} AND ${eventType} = ${type})`.as("last_delivered_at"),
      objectsExist: sql<number>`CASE ${type} ${sql.join(cases, sql` `)} ELSE 0 END`.as("objects_exist"),
    })
    .from(sql`json_each(${JSON.stringify(HANDLED_EVENT_TYPES)}) AS kind`);
}

const words = (list: readonly string[]) => sql`(SELECT value FROM json_each(${JSON.stringify(list)}))`;
const statusIn = (list: readonly string[]) => sql`${billingSubscriptions.status} IN ${words(list)}`;

function checkouts({ ownerUserId }: Store, statuses: readonly string[]): SQL {
  return sql`EXISTS (SELECT 1 FROM ${checkoutIntents} WHERE ${checkoutIntents.ownerUserId} = ${ownerUserId}
    AND ${checkoutIntents.status} IN ${words(statuses)})`;
}

function subscriptions({ ownerUserId }: Store, condition: SQL): SQL {
  return sql`EXISTS (SELECT 1 FROM ${billingSubscriptions} WHERE ${billingSubscriptions.ownerUserId} = ${ownerUserId} AND ${condition})`;
}

function invoices({ ownerUserId }: Store): SQL {
  return sql`EXISTS (SELECT 1 FROM ${billingInvoices} WHERE ${billingInvoices.ownerUserId} = ${ownerUserId})`;
}

function facts({ ownerUserId }: Store, kind: "refund" | "charge" | "dispute"): SQL {
  return sql`EXISTS (SELECT 1 FROM ${paymentFacts} WHERE ${paymentFacts.ownerUserId} = ${ownerUserId} AND ${paymentFacts.kind} = ${kind})`;
}
