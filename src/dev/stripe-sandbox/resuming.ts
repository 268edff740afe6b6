import { eventsOnly, together } from "./change.ts";
import { seconds } from "./clock.ts";
import { refused } from "./errors.ts";
import { eventOf } from "./events.ts";
import { collectFirst } from "./invoice-collection.ts";
import { afterCollecting, RESULT_OF, renewalInvoice } from "./renewals.ts";
import type { Sandbox } from "./sandbox.ts";
import { subscriptionUpdated } from "./subscription-changes.ts";
import type { Period } from "./subscription-items.ts";
import {
  changedSubscription,
  currentPeriod,
  inPeriod,
  periodFrom,
  type StoredSubscription,
  type SubscriptionOutcome,
  type WireSubscription,
} from "./subscriptions.ts";

/** The options of resuming a paused subscription. */
interface Resumption {
  /** `now`: a new period begins and is billed. `unchanged`: the period of the old anchor goes on, without an invoice. */
  anchor: "now" | "unchanged";
  /** After a failed payment, `…_attempt` makes the subscription past due, and `…_success` leaves it paused. */
  behavior: "resume_on_payment_attempt" | "resume_on_payment_success";
}

/** Resumes a paused subscription. Refuses any other. */
export async function subscriptionResumed(
  sandbox: Sandbox,
  stored: StoredSubscription,
  { anchor, behavior }: Resumption,
): Promise<SubscriptionOutcome> {
  if (stored.body.status !== "paused") {
    throw refused(`Only a paused subscription can be resumed, and this one is ${stored.body.status}.`);
  }
  const now = seconds(sandbox.now);
  const { status_details: _, ...rest } = stored.body;
  const active: WireSubscription = { ...rest, status: "active" };
  if (anchor === "unchanged") {
    const after = inPeriod(active, periodAround(active, now));
    return changedSubscription(sandbox, stored, after, resumedEvents(sandbox, after, stored.body));
  }
  const restarted = { ...active, billing_cycle_anchor: now };
  const next = periodFrom(restarted, now);
  const last = currentPeriod(stored.body);
  const invoice = renewalInvoice(sandbox, stored, { next, last, reason: "subscription_update" });
  const after = inPeriod({ ...restarted, latest_invoice: invoice.body.id }, next);
  const { card } = stored.hidden;
  const collected = await collectFirst(sandbox, invoice, RESULT_OF[card]);
  if (collected.invoice.status === "open" && behavior === "resume_on_payment_success") {
    const paused: WireSubscription = { ...stored.body, latest_invoice: invoice.body.id };
    const kept = changedSubscription(sandbox, stored, paused, [], {
      ...stored.hidden,
      waiting: [],
      invoices: stored.hidden.invoices + 1,
      unpaid: { invoice: invoice.body.id, retryAt: collected.invoice.next_payment_attempt },
    });
    return { ...kept, change: together(kept.change, collected.change) };
  }
  const outcome = afterCollecting(sandbox, stored, after, collected, card);
  const events = resumedEvents(sandbox, after, stored.body);
  return { ...outcome, change: together(eventsOnly(...events), outcome.change) };
}

/** Removes a pause, paused collection and a scheduled cancellation. */
export async function reactivated(sandbox: Sandbox, stored: StoredSubscription): Promise<SubscriptionOutcome> {
  return stored.body.status === "paused"
    ? subscriptionResumed(sandbox, stored, { anchor: "now", behavior: "resume_on_payment_attempt" })
    : subscriptionUpdated(sandbox, stored, { cancel_at_period_end: false, pause_collection: null });
}

function resumedEvents(sandbox: Sandbox, after: WireSubscription, before: WireSubscription) {
  return [
    eventOf(sandbox, "customer.subscription.updated", after, before),
    eventOf(sandbox, "customer.subscription.resumed", after),
  ];
}

function periodAround(subscription: WireSubscription, now: number): Period {
  let period = currentPeriod(subscription);
  while (period.end <= now) period = periodFrom(subscription, period.end);
  return period;
}
