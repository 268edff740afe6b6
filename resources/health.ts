import { COUNTED, healthQueries } from "../src/db/health.ts";
import { defineResource } from "../src/kernel/resource.ts";
import { isoTime } from "../src/kernel/time.ts";

/** An operation that is still unfinished after this has lost its caller. */
const STUCK_AFTER_MS = 2 * 60_000;

/** Whether Stripe's word still arrives, and what waits for a person or for the scheduled run. */
export const health = defineResource({
  name: "health",
  uri: "commerce://health",
  title: "Health",
  description: "Last webhook and its lag, failed and blocked events, stuck operations, last scheduled run.",
  readers: ["owner:read"],
  load: ({ ctx }) => healthQueries(ctx, ctx.clock.now() - STUCK_AFTER_MS),
  present({ rows }) {
    const [last] = rows.lastEvent;
    const [run] = rows.run;
    return {
      lastWebhookAt: last ? isoTime(last.receivedAt) : null,
      lastWebhookLagSeconds: last ? Math.max(0, Math.round((last.receivedAt - last.createdAt) / 1000)) : null,
      failedEvents: rows.failed.length,
      blockedEvents: rows.blocked.length,
      stuckOperations: rows.stuck.length,
      countsStopAt: COUNTED,
      lastScheduledRun: run
        ? { finishedAt: isoTime(run.finishedAt), report: JSON.parse(run.reportJson) as Record<string, unknown> }
        : null,
    };
  },
});
