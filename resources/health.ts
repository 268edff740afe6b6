import { boundNamed, boundOf } from "../src/base/bounds.ts";
import { isoTime } from "../src/base/time.ts";
import { isClosed } from "../src/commerce/checkout/open-mode.ts";
import { PATIENCE_MS } from "../src/commerce/heal/operations.ts";
import { missingSettings } from "../src/commerce/modes.ts";
import { eventFields } from "../src/commerce/purchase/replay-event.ts";
import { typesToHear, unheardTypes } from "../src/commerce/purchase/unheard-types.ts";
import { moneyWithoutService } from "../src/commerce/purchase/unserved.ts";
import { refusalAdvice } from "../src/commerce/refusal-words.ts";
import { unservedWords } from "../src/commerce/words.ts";
import { allWaiting } from "../src/db/checks.ts";
import { COUNT_LIMIT, healthQueries } from "../src/db/health.ts";
import type { RefusalRow } from "../src/db/provider-refusals.ts";
import { defineResource } from "../src/kernel/resource.ts";

/** How many invoices are named; their count goes on. */
const NAMED = 10;

/** Whether webhooks still arrive, and what waits for a person or for the scheduled run. */
export const health = defineResource({
  name: "health",
  uri: "commerce://health",
  title: "Health",
  description:
    "Settings that are missing or cannot be used, last webhook and its lag, failed and blocked events, stuck operations, checkouts that wait to be asked about, bounds met within a day, last scheduled run.",
  readers: ["owner:read"],
  load: ({ ctx }) => healthQueries(ctx, ctx.clock.now() - PATIENCE_MS),
  present({ rows, ctx }) {
    const [webhook] = rows.lastWebhook;
    const [missed] = rows.lastMissed;
    const [run] = rows.run;
    const unserved = moneyWithoutService(rows).slice(0, COUNT_LIMIT);
    const checks = allWaiting(rows.waitingChecks, COUNT_LIMIT);
    return {
      unusableSettings: [...ctx.stripe.faults, ...missingSettings(rows.wantedModes, ctx)],
      lastWebhookAt: webhook ? isoTime(webhook.deliveredAt) : null,
      lastWebhookLagSeconds: webhook ? Math.max(0, Math.round((webhook.deliveredAt - webhook.createdAt) / 1000)) : null,
      lastMissedWebhookAt: missed ? isoTime(missed.createdAt) : null,
      failedEvents: rows.failed[0]?.events ?? 0,
      blockedEvents: rows.blocked[0]?.events ?? 0,
      contradictedEvents: rows.contradicted.length,
      untracedPayments: rows.waitingTraces.length,
      stuckOperations: rows.stuck.length,
      waitingChecks: checks.count,
      longestWaitSeconds: checks.since === undefined ? null : Math.round((ctx.clock.now() - checks.since) / 1000),
      countsStopAt: COUNT_LIMIT,
      closedModes: rows.closedModes
        .filter((row) => isClosed(row, row.stripeMode, ctx.stripe))
        .map(({ stripeMode, closedAt }) => ({ stripeMode, closedAt: isoTime(closedAt) })),
      refusals: rows.refusals.map(refusalFields),
      boundsMet: rows.boundsMetLately.flatMap(boundFields),
      events: rows.named.map(eventFields),
      eventTypes: typesToHear(rows.heardTypes, ctx.parts).map(({ eventType, lastDeliveredAt }) => ({
        eventType,
        lastDeliveredAt: lastDeliveredAt === null ? null : isoTime(lastDeliveredAt),
      })),
      eventTypesThatNeverCame: unheardTypes(rows.heardTypes),
      ...((ctx.parts.has("plans") || unserved.length > 0) && unservedFields(unserved)),
      lastScheduledRun: run
        ? { finishedAt: isoTime(run.finishedAt), report: JSON.parse(run.reportJson) as Record<string, unknown> }
        : null,
    };
  },
});

type Unserved = ReturnType<typeof moneyWithoutService>;

/** Invoices of plans, of which the first are named. */
const unservedFields = (unserved: Unserved) => ({
  moneyWithoutService: unserved.length,
  moneyWithoutServiceOf: unserved.slice(0, NAMED).map(({ invoice, intent, subscriptionStatus }) => ({
    checkoutIntentId: intent.id,
    amountCents: invoice.amountCents,
    currency: invoice.currency,
    stripeMode: intent.stripeMode,
    periodStart: isoTime(invoice.periodStart),
    periodEnd: isoTime(invoice.periodEnd),
    whatToDo: unservedWords(subscriptionStatus),
  })),
});

/** A bound that was met within the last day. A row of a bound that a later version dropped is left out. */
function boundFields({ bound, lastMetAt }: { bound: string; lastMetAt: number }) {
  const name = boundNamed(bound);
  if (!name) return [];
  const { most, seconds, of, what } = boundOf(name);
  return [{ bound: name, what, most, of, seconds, lastMetAt: isoTime(lastMetAt) }];
}

/** A refusal without Stripe's id of the request, which stands on the owner's page alone. */
const refusalFields = (row: RefusalRow) => ({
  stripeMode: row.stripeMode,
  call: row.stripeCall,
  status: row.lastStatus,
  type: row.errorType,
  code: row.errorCode,
  param: row.errorParam,
  count: row.count,
  firstAt: isoTime(row.firstAt),
  lastAt: isoTime(row.lastAt),
  operationId: row.lastOperationId,
  checkoutIntentId: row.lastCheckoutIntentId,
  whatToDo: refusalAdvice(row),
});
