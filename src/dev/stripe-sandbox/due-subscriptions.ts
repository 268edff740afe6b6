import { decideAndCommit, NO_CHANGE } from "./change.ts";
import { seconds } from "./clock.ts";
import { periodEnded, unpaidCollectedAgain } from "./renewals.ts";
import { type Sandbox, withoutRequest } from "./sandbox.ts";
import { canceled, subscriptionUpdated } from "./subscription-changes.ts";
import { type StoredSubscription, type SubscriptionOutcome, subscriptions } from "./subscriptions.ts";

/** Steps of one request; a test that moves the clock needs fewer. */
const MAX_STEPS = 2000;

/**
 * Runs what has fallen due on subscriptions, in the order of due times and dated at them: scheduled cancellations, ends of
 * paused collection, retries of unpaid invoices, renewals. Each request starts with it.
 */
export async function billDueSubscriptions(sandbox: Sandbox): Promise<void> {
  for (let step = 0; step < MAX_STEPS; step++) {
    const next = await nextDue(sandbox);
    if (next === null) return;
    const atDueTime = { ...withoutRequest(sandbox, next.body.livemode), now: next.dueAt * 1000 };
    await decideAndCommit(atDueTime, async (): Promise<Pick<SubscriptionOutcome, "change">> => {
      const stored = await subscriptions.require(atDueTime, next.body.id, "id");
      if (stored.hidden.dueAt !== next.dueAt) return { change: NO_CHANGE };
      return dueOutcome(atDueTime, stored);
    });
  }
}

async function nextDue(sandbox: Sandbox) {
  const due = await subscriptions.all(sandbox, {
    sql: "json_extract(hidden, '$.dueAt') <= ?",
    values: [seconds(sandbox.now)],
  });
  const timed = due.flatMap(({ body, hidden }) => (hidden.dueAt === null ? [] : [{ body, dueAt: hidden.dueAt }]));
  return timed.sort((a, b) => a.dueAt - b.dueAt)[0] ?? null;
}

function dueOutcome(sandbox: Sandbox, stored: StoredSubscription): SubscriptionOutcome | Promise<SubscriptionOutcome> {
  const now = seconds(sandbox.now);
  const { cancel_at, pause_collection } = stored.body;
  const { unpaid, card } = stored.hidden;
  if (cancel_at !== null && cancel_at <= now) return canceled(sandbox, stored, "cancellation_requested");
  if (pause_collection?.resumes_at && pause_collection.resumes_at <= now) {
    return subscriptionUpdated(sandbox, stored, { pause_collection: null });
  }
  if (unpaid?.retryAt && unpaid.retryAt <= now) return unpaidCollectedAgain(sandbox, stored, card);
  return periodEnded(sandbox, stored, card);
}
