import { eventsOnly, together } from "./change.ts";
import { seconds } from "./clock.ts";
import { refused } from "./errors.ts";
import { eventOf } from "./events.ts";
import { type Collected, collectAgain, collectFirst, leaveUncollected } from "./invoice-collection.ts";
import { oneTimeLine, recurringLine } from "./invoice-lines.ts";
import { type FreshInvoice, invoices, newInvoice, newInvoiceId } from "./invoices.ts";
import type { AttemptResult } from "./payment-intents.ts";
import type { Sandbox } from "./sandbox.ts";
import { canceled } from "./subscription-changes.ts";
import type { Period } from "./subscription-items.ts";
import {
  type Card,
  changedSubscription,
  currentPeriod,
  inPeriod,
  isBilled,
  periodFrom,
  type StoredSubscription,
  type SubscriptionOutcome,
  type WireSubscription,
} from "./subscriptions.ts";
import { taxPercent } from "./tax.ts";

/** The result of an attempt by card. */
export const RESULT_OF: Record<Card, AttemptResult> = {
  good: "succeeded",
  declines: "declined",
  needs_action: "action_required",
};

/**
 * The current period ends. A subscription with a cancellation at its end is canceled; any other begins its next period and
 * is billed for it. A failed payment makes it past due; while collection is paused no payment is attempted.
 */
export async function periodEnded(
  sandbox: Sandbox,
  stored: StoredSubscription,
  card: Card,
): Promise<SubscriptionOutcome> {
  assertBilled(stored.body);
  const last = currentPeriod(stored.body);
  const { cancel_at, pause_collection } = stored.body;
  if (cancel_at !== null && cancel_at <= last.end) return canceled(sandbox, stored, "cancellation_requested");
  const next = periodFrom(stored.body, last.end);
  const invoice = renewalInvoice(sandbox, stored, { next, last, reason: "subscription_cycle" });
  const renewed = inPeriod({ ...stored.body, latest_invoice: invoice.body.id }, next);
  const collected = pause_collection
    ? leaveUncollected(sandbox, invoice, pause_collection.behavior)
    : await collectFirst(sandbox, invoice, RESULT_OF[card]);
  const event = eventOf(sandbox, "customer.subscription.updated", renewed, stored.body);
  const outcome = afterCollecting(sandbox, stored, renewed, collected, card);
  return { ...outcome, change: together(eventsOnly(event), outcome.change) };
}

const DRAFT_SECONDS = 3600;

/** The next period begins, its invoice a draft; an hour later the invoice is finalized and collected, as at Stripe. */
export function periodBegun(sandbox: Sandbox, stored: StoredSubscription): SubscriptionOutcome {
  assertBilled(stored.body);
  const last = currentPeriod(stored.body);
  const next = periodFrom(stored.body, last.end);
  const billed = renewalInvoice(sandbox, stored, { next, last, reason: "subscription_cycle" });
  const { invoice, change } = leaveUncollected(sandbox, billed, "keep_as_draft");
  const begun = inPeriod({ ...stored.body, latest_invoice: invoice.id }, next);
  const event = eventOf(sandbox, "customer.subscription.updated", begun, stored.body);
  const outcome = changedSubscription(sandbox, stored, begun, [event], {
    ...stored.hidden,
    waiting: [],
    invoices: stored.hidden.invoices + 1,
    unpaid: { invoice: invoice.id, retryAt: seconds(sandbox.now) + DRAFT_SECONDS },
  });
  return { ...outcome, change: together(change, outcome.change) };
}

/** Another attempt to collect the open invoice. When the last attempt fails, the subscription is canceled. */
export async function unpaidCollectedAgain(
  sandbox: Sandbox,
  stored: StoredSubscription,
  card: Card,
): Promise<SubscriptionOutcome> {
  const { unpaid } = stored.hidden;
  if (unpaid === null) throw refused(`The subscription ${stored.body.id} has no unpaid invoice.`);
  const invoice = await invoices.require(sandbox, unpaid.invoice, "invoice");
  const collected = await collectAgain(sandbox, invoice, RESULT_OF[card]);
  if (collected.invoice.status === "paid" || collected.invoice.next_payment_attempt !== null) {
    return afterCollecting(sandbox, stored, stored.body, collected, card);
  }
  const end = canceled(sandbox, stored, "payment_failed");
  return { ...end, change: together(collected.change, end.change) };
}

/** The invoice of a new period: a line for each waiting item, then one for each item of the subscription. */
export function renewalInvoice(
  sandbox: Sandbox,
  { body, hidden }: StoredSubscription,
  of: { next: Period; last: Period; reason: "subscription_cycle" | "subscription_update" },
): FreshInvoice {
  const id = newInvoiceId();
  const percent = taxPercent(body, sandbox.account);
  return newInvoice(sandbox, {
    id,
    subscription: body,
    reason: of.reason,
    lines: [
      ...hidden.waiting.map((line) => oneTimeLine(id, body, line, percent)),
      ...body.items.data.map((item) => recurringLine(id, body, item, of.next, percent)),
    ],
    period: of.last,
    email: hidden.email,
    presented: hidden.presented,
    count: hidden.invoices + 1,
  });
}

/** The subscription after an attempt to collect an invoice of it. The event of its new status follows the invoice's events. */
export function afterCollecting(
  sandbox: Sandbox,
  stored: StoredSubscription,
  body: WireSubscription,
  { invoice, change }: Collected,
  card: Card,
): SubscriptionOutcome {
  const failed = invoice.status === "open";
  const fresh = stored.hidden.unpaid?.invoice !== invoice.id && invoice.id === body.latest_invoice;
  const after: WireSubscription = { ...body, status: failed ? "past_due" : "active" };
  const events = after.status === body.status ? [] : [eventOf(sandbox, "customer.subscription.updated", after, body)];
  const outcome = changedSubscription(sandbox, stored, after, events, {
    ...stored.hidden,
    card,
    waiting: fresh ? [] : stored.hidden.waiting,
    invoices: stored.hidden.invoices + (fresh ? 1 : 0),
    unpaid: failed ? { invoice: invoice.id, retryAt: invoice.next_payment_attempt } : null,
  });
  return { ...outcome, change: together(change, outcome.change) };
}

function assertBilled(subscription: WireSubscription): void {
  if (isBilled(subscription)) return;
  throw refused(`The subscription ${subscription.id} is ${subscription.status}: it is not billed.`);
}
