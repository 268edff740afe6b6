import { isoTime } from "../../base/time.ts";
import type { IntentRow } from "../../db/checkouts.ts";
import { askForCheck } from "../../db/checks.ts";
import type { Query } from "../../db/database.ts";
import { contradictionOf } from "../../db/event-contradictions.ts";
import { queueMail } from "../../db/mail-outbox.ts";
import { DELIVERED_WITHIN_MS } from "../../db/owner-mail-facts.ts";
import { askForTrace, tracesOf } from "../../db/payment-traces.ts";
import { purchaseQueries } from "../../db/purchase-rows.ts";
import { purchaseWrites } from "../../db/purchase-writes.ts";
import type { StripeMode } from "../../db/schema/vocabulary.ts";
import {
  type EventRow,
  noteDelivered,
  REPLAYABLE,
  takeEvent,
  UNFINISHED,
  webhookEventById,
} from "../../db/webhook-events.ts";
import type { Context } from "../../kernel/context.ts";
import { ignored, type ReportEffects, refused, reportEffects } from "./effects.ts";
import {
  type Arrival,
  contradictionRecord,
  contradicts,
  eventRow,
  redactedPayload,
  replayAudit,
} from "./event-records.ts";
import {
  hashesOf,
  type PurchaseRows,
  type ReportSource,
  readAndCommit,
  type UnreadSource,
  withPayer,
} from "./known.ts";
import { kindOf, type OwnReading, readOwnEvent } from "./read-event.ts";
import type { UnknownPayment } from "./trace-payment.ts";

/** The result of an arrival. `duplicate`: another arrival of the event was applied before. */
export interface Applied {
  readonly status: EventRow["status"];
  readonly duplicate: boolean;
  /** The checkout to check at Stripe: the event alone does not tell its state. */
  readonly toCheck?: IntentRow;
  /** The payment to trace at Stripe: money of it went back, and it is unknown here. */
  readonly toTrace?: UnknownPayment;
}

/**
 * Applies a verified event once, in one read batch and one guarded write batch. Throws when it could not be applied; then
 * nothing was written. Doors call `receiveEvent`.
 */
export async function applyEvent(arrival: Arrival, ctx: Context): Promise<Applied> {
  const { event, cameBy, replayedBy, payloadSha256 } = arrival;
  const from: readonly EventRow["status"][] = replayedBy ? REPLAYABLE : UNFINISHED;
  const staysAsStored = (stored: EventRow) => !from.includes(stored.status) || contradicts(arrival, stored);
  const reading = await readOwnEvent(event, staysAsStored, ctx);
  const report = reading.kind === "report" ? reading.report : undefined;
  const unread: UnreadSource = {
    stripeEventId: event.id,
    stripeMode: event.endpointMode,
    at: event.createdAt,
    actorKind: "stripe_webhook",
    eventKind: kindOf(event),
    ...(await hashesOf(report, ctx)),
  };
  const target = report?.target ?? ("target" in reading ? reading.target : {});
  return readAndCommit(
    () => ({
      stored: webhookEventById(ctx, event.id),
      // In the same round trip, for an event that the event list had before.
      ...(cameBy === "webhook" && {
        delivered: noteDelivered(ctx, { id: event.id, apiVersion: event.apiVersion, payloadSha256 }),
      }),
      contradiction: contradictionOf(ctx, event.id),
      traces: tracesOf(ctx, report?.payments.map(({ stripePaymentIntentId }) => stripePaymentIntentId) ?? []),
      ...purchaseQueries(ctx, target),
    }),
    async (rows): Promise<{ writes: readonly Query[]; answer: Applied }> => {
      const [stored] = rows.stored;
      const [intent] = rows.intent;
      const now = ctx.clock.now();
      if (stored && staysAsStored(stored)) {
        // A failed event that is contradicted is tried again by the schedule, with Stripe's own copy.
        const isNews = contradicts(arrival, stored) && rows.contradiction.length === 0;
        const writes = isNews ? contradictionRecord(arrival, stored, now, ctx) : [];
        return { writes, answer: { status: stored.status, duplicate: true } };
      }
      const source = await withPayer(unread, report, rows, ctx);
      const effects = effectsOf(reading, rows, source, now, ctx);
      const checkoutIntentId = intent?.id ?? null;
      const payloadRedactedJson = redactedPayload(event, report, checkoutIntentId);
      const ending = { status: effects.status, error: effects.reason, checkoutIntentId, payloadRedactedJson };
      const row = eventRow(arrival, ending, stored, now, ctx);
      const replay = replayedBy ? replayAudit(row, replayedBy, now, ctx) : [];
      const toCheck = effects.undecided ? intent : undefined;
      const toTrace = rows.traces.length > 0 ? undefined : unknownPayment(effects, event.endpointMode);
      return {
        writes: [
          ...takeEvent(ctx, row, from),
          ...purchaseWrites(ctx, effects.changes),
          ...replay,
          ...(toCheck ? [askForCheck(ctx, toCheck.id)] : []),
          ...(stored ? [] : mailUndelivered(arrival, now, ctx)),
          ...(toTrace ? [askForTrace(ctx, toTrace.stripePaymentIntentId, toTrace.stripeMode)] : []),
        ],
        answer: { status: effects.status, duplicate: false, ...(toCheck && { toCheck }), ...(toTrace && { toTrace }) },
      };
    },
    ctx,
  );
}

/** An event that Stripe has not delivered for minutes, and the event list had: the owner is told, once a day. */
function mailUndelivered({ event, cameBy }: Arrival, now: number, ctx: Context): Query[] {
  if (cameBy !== "event_list" || event.createdAt > now - DELIVERED_WITHIN_MS) return [];
  const subjectId = `webhooks-${event.endpointMode}-${isoTime(now).slice(0, 10)}`;
  return [queueMail(ctx, { mailKind: "webhooks_stopped", subjectId, checkoutIntentId: null, now })];
}

/** The unknown payment of which money went back. One that only paid an invoice waits for that invoice. */
function unknownPayment({ changes }: ReportEffects, stripeMode: StripeMode): UnknownPayment | undefined {
  if (changes.kind !== "unassigned_payments") return undefined;
  const tookBack = changes.payments.find(({ kind }) => kind !== "invoice_payment");
  return tookBack && { stripePaymentIntentId: tookBack.stripePaymentIntentId, stripeMode };
}

function effectsOf(
  reading: OwnReading,
  rows: PurchaseRows,
  source: ReportSource,
  now: number,
  ctx: Context,
): ReportEffects {
  switch (reading.kind) {
    case "report":
      return reportEffects(reading.report, rows, source, now, ctx);
    case "not_ours":
      return ignored;
    case "malformed_object":
    case "other_endpoint_mode":
      return refused(reading.kind);
    case "gone_at_stripe":
      // The purchase itself tells what its lost object would have told.
      return { ...refused(reading.kind), undecided: true };
  }
}
