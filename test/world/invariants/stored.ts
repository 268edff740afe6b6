import { HANDLED_EVENT_TYPES } from "../../../src/db/schema/vocabulary.ts";
import { isSettled, triedText } from "../run.ts";
import { type Invariant, repeated } from "./invariant.ts";

/** P5: nothing is stuck: two repeats or one run of the schedule settle every call, checkout, event, upload and run. */
export const nothingStuck: Invariant = {
  id: "P5",
  says: "no crash leaves an operation stuck",
  broken({ run, witness: { rows } }) {
    const unanswered =
      run.plan.callers === "repeats"
        ? run.calls.filter(
            (call) => !isSettled(call) && !run.calls.some((one) => one.key === call.key && isSettled(one)),
          )
        : [];
    const stuck = (
      table: "operations" | "checkout_intents" | "stripe_webhook_events" | "product_asset_uploads",
      words: readonly string[],
    ) =>
      rows[table]
        .filter(({ status }) => words.includes(String(status)))
        .map(({ id, status, blocked_reason = null, error = null }) =>
          `${table} ${id} is ${status} ${blocked_reason ?? error ?? ""}`.trim(),
        );
    const runs = rows.scheduled_runs.toSorted((one, other) => Number(one.started_at) - Number(other.started_at));
    const report = String(runs.at(-1)?.report_json ?? "no run");
    return [
      ...unanswered.map(({ write, key, tries }) => `${write} ${key}: ${tries.map(triedText).join(", ")}`),
      ...stuck("operations", ["pending", "outcome_unknown"]),
      ...stuck("checkout_intents", ["created", "blocked"]),
      ...stuck("stripe_webhook_events", ["received", "failed", "blocked"]),
      ...(report.includes("broke_off") || report.includes("no run") ? [`the last run: ${report}`] : []),
      ...run.broken,
    ];
  },
};

/** P6: an event is applied once, however often and at whatever time it comes. */
export const eventsOnce: Invariant = {
  id: "P6",
  says: "a Stripe event is applied once",
  broken({ run, witness: { rows } }) {
    const applied = run.arrivals.filter(({ answer }) => answer.duplicate === false && answer.status !== "failed");
    const twice = repeated(applied, ({ eventId }) => eventId).map(
      ([id, all]) => `${id} was applied ${all.length} times`,
    );
    const ofEvents = rows.payment_audit_events.filter(({ stripe_event_id }) => stripe_event_id !== null);
    const effects = repeated(ofEvents, (row) => `${row.stripe_event_id} on ${row.subject_id}`).map(
      ([what, all]) => `${what}: ${all.length} audit rows`,
    );
    const known = new Set(rows.stripe_webhook_events.map(({ id }) => id));
    const lost = [...run.done].filter((id) => !known.has(id)).map((id) => `${id} was taken and is not stored`);
    return [...twice, ...effects, ...lost];
  },
};

/** Types that say something to us; Stripe's list is asked for no others. */
const isHandled = (type: string) => (HANDLED_EVENT_TYPES as readonly string[]).includes(type);

/** P9: what no webhook told, the schedule finds. */
export const missedHeal: Invariant = {
  id: "P9",
  says: "missed webhooks heal",
  broken({ run, witness: { rows, events } }) {
    const known = new Set(rows.stripe_webhook_events.map(({ id }) => id));
    const missed = events.filter(({ eventId, type }) => run.never.has(eventId) && isHandled(type));
    return missed
      .filter(({ eventId }) => !known.has(eventId))
      .map(({ eventId, type }) => `${type} ${eventId} never arrived and was not found`);
  },
};

/** P10: a row's version strictly grows with its content. */
export const versionsGrow: Invariant = {
  id: "P10",
  says: "updated_at strictly grows",
  broken: ({ witness: { journal } }) =>
    journal.flatMap(({ tbl, id, status, old_updated_at: before, updated_at: after, differs }) => {
      if (before === null || status === null) return [];
      const grows = differs ? after > before : after >= before;
      return grows ? [] : [`${tbl} ${id} became ${status} at ${after}, after ${before}`];
    }),
};

/** P12: the audit, its seals and its head agree. */
export const auditVerifies: Invariant = {
  id: "P12",
  says: "the audit verifies",
  broken: ({ witness: { verdict } }) => [
    ...verdict.faults,
    ...(verdict.latest === undefined ? ["no seal was made"] : []),
  ],
};
