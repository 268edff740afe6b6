import { decideAndCommit } from "./change.ts";
import { seconds } from "./clock.ts";
import { periodEnded, unpaidTriedAgain } from "./renewals.ts";
import { inMode, type Sandbox } from "./sandbox.ts";
import { canceled, subscriptionUpdated } from "./subscription-changes.ts";
import { type StoredSubscription, type SubscriptionOutcome, subscriptions } from "./subscriptions.ts";

/** More steps than a test's jump through time will ever need. */
const MAX_STEPS = 2000;

/**
 * Does what time alone does to subscriptions, one thing after the other, each at the time it was due: cancellations that
 * were set, ends of a pause in collection, retries of unpaid invoices, renewals. Done at each look, as with sessions.
 */
export async function billDueSubscriptions(sandbox: Sandbox): Promise<void> {
  for (let step = 0; step < MAX_STEPS; step++) {
    const next = await nextDue(sandbox);
    if (next === null) return;
    const then = {
      ...inMode(sandbox, next.body.livemode),
      now: next.dueAt * 1000,
      cause: { id: null, idempotency_key: null },
    };
    await decideAndCommit(then, async (): Promise<Pick<SubscriptionOutcome, "change">> => {
      const stored = await subscriptions.require(then, next.body.id, "id");
      if (stored.hidden.dueAt !== next.dueAt) return { change: { writes: [], events: [] } };
      return whatIsDue(then, stored);
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

function whatIsDue(sandbox: Sandbox, stored: StoredSubscription): SubscriptionOutcome | Promise<SubscriptionOutcome> {
  const now = seconds(sandbox.now);
  const { cancel_at, pause_collection } = stored.body;
  const { unpaid, card } = stored.hidden;
  if (cancel_at !== null && cancel_at <= now) return canceled(sandbox, stored, "cancellation_requested");
  if (pause_collection?.resumes_at && pause_collection.resumes_at <= now) {
    return subscriptionUpdated(sandbox, stored, { pause_collection: null });
  }
  if (unpaid?.retryAt && unpaid.retryAt <= now) return unpaidTriedAgain(sandbox, stored, card);
  return periodEnded(sandbox, stored, card);
}
