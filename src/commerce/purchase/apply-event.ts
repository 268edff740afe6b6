import { nextVersion } from "../../base/time.ts";
import type { AuditEntry } from "../../db/audit.ts";
import type { IntentRow } from "../../db/checkouts.ts";
import { askForCheck } from "../../db/checks.ts";
import { GuardFailed } from "../../db/database.ts";
import { purchaseQueries } from "../../db/purchase-rows.ts";
import type { EVENT_SOURCES, WEBHOOK_STATUSES } from "../../db/schema/vocabulary.ts";
import {
  type EventRow,
  noteDelivered,
  REPLAYABLE,
  takeEvent,
  UNFINISHED,
  webhookEventById,
} from "../../db/webhook-events.ts";
import type { Actor } from "../../kernel/actor.ts";
import type { Context } from "../../kernel/context.ts";
import type { VerifiedEvent } from "../../stripe/verify-event.ts";
import { hashesOf } from "./apply-report.ts";
import { purchaseAudit } from "./audit.ts";
import type { Known, Source } from "./decision.ts";
import { type ReportEffects, reportEffects } from "./effects.ts";
import { replayAudit } from "./event-records.ts";
import { type Report, readReport } from "./report.ts";

/** How an event ended. `duplicate`: it had been applied before, by us or by another delivery at this moment. */
export interface Applied {
  readonly status: (typeof WEBHOOK_STATUSES)[number];
  readonly duplicate: boolean;
  /** The checkout that Stripe has to be asked about, since its events alone do not tell how it stands. */
  readonly ask?: IntentRow;
}

/** One arrival of an event. */
export interface Arrival {
  readonly event: VerifiedEvent;
  readonly payloadSha256: string;
  readonly cameBy: (typeof EVENT_SOURCES)[number];
  /** The owner who asks for it to be looked at again: what was blocked or ignored counts as unfinished, too. */
  readonly replayedBy?: Actor;
}

/**
 * Other events of the same purchase may be applied at the same time; the loser reads again. Stripe tells of a plan's
 * start in seven events at once, and in each round one of them wins.
 */
const TRIES = 12;
/** Calls to D1 that applying makes at most. */
export const TRIPS_TO_APPLY = 2 * TRIES;

/**
 * Applies a verified event once, in one read batch and one guarded write batch.
 * Throws when it could not be applied: nothing of it is written then. `receiveEvent` is what doors call.
 */
export async function applyEvent(arrival: Arrival, ctx: Context): Promise<Applied> {
  const { event, replayedBy } = arrival;
  const read = readEvent(event);
  const report = typeof read === "string" ? undefined : read;
  const source: Source = {
    stripeEventId: event.id,
    at: event.createdAt,
    // Only types of the vocabulary are read as reports.
    eventKind: event.type as AuditEntry["eventKind"],
    ...(await hashesOf(report, ctx)),
  };
  const from: readonly EventRow["status"][] = replayedBy ? REPLAYABLE : UNFINISHED;
  for (let tries = 0; tries < TRIES; tries++) {
    const rows = await ctx.db.read({
      known: webhookEventById(ctx, event.id),
      // In the same round trip: that webhooks arrive is known also where the event list was quicker.
      ...(arrival.cameBy === "webhook" && { delivered: noteDelivered(ctx, event.id) }),
      ...purchaseQueries(ctx, report?.target ?? {}),
    });
    const [known] = rows.known;
    if (known && !from.includes(known.status)) return { status: known.status, duplicate: true };
    const now = ctx.clock.now();
    const effects = effectsOf(read, rows, source, now, ctx);
    const [intent] = rows.intent;
    const row = {
      ...arrivalRow(arrival, known, now, ctx),
      status: effects.status,
      payloadRedactedJson: redactedPayload(event, report, intent?.id),
      error: effects.reason,
      checkoutIntentId: intent?.id ?? null,
    };
    const ask = effects.undecided ? intent : undefined;
    const by = { actorKind: "stripe_webhook", stripeEventId: event.id } as const;
    try {
      await ctx.db.commit([
        ...takeEvent(ctx, row, from),
        ...effects.writes,
        ...purchaseAudit(effects.audit, intent, by, now, ctx),
        ...(replayedBy ? replayAudit(row, replayedBy, now, ctx) : []),
        ...(ask ? [askForCheck(ctx, ask.id)] : []),
      ]);
      return { status: effects.status, duplicate: false, ...(ask && { ask }) };
    } catch (error) {
      if (!(error instanceof GuardFailed)) throw error;
    }
  }
  throw new Error("an event lost every race for its purchase");
}

/** What every row of an event has, however it ended. */
export function arrivalRow(
  { event, payloadSha256, cameBy }: Arrival,
  known: EventRow | undefined,
  now: number,
  ctx: Context,
) {
  return {
    id: event.id,
    ownerUserId: ctx.ownerUserId,
    eventType: event.type,
    apiVersion: event.apiVersion,
    livemode: event.livemode ? 1 : 0,
    processedAt: now,
    payloadSha256,
    stripeCreatedAt: event.createdAt,
    attempts: (known?.attempts ?? 0) + 1,
    reference: known?.reference ?? ctx.ids.next("stripe-event"),
    cameBy: known?.cameBy ?? cameBy,
    receivedAt: known?.receivedAt ?? now,
    deliveredAt: known ? known.deliveredAt : cameBy === "webhook" ? now : null,
    updatedAt: known ? nextVersion(known.updatedAt, now) : now,
  };
}

type Read = ReturnType<typeof readReport> | "wrong_mode";

/** A connected account's event is not this business's; one whose mode is not its endpoint's is nobody's to act on. */
function readEvent(event: VerifiedEvent): Read {
  if (event.ofConnectedAccount) return "not_ours_to_act_on";
  if (event.livemode !== (event.endpointMode === "live")) return "wrong_mode";
  return readReport(event);
}

function effectsOf(read: Read, known: Known, source: Source, now: number, ctx: Context): ReportEffects {
  const nothing = { writes: [], audit: [], undecided: false };
  if (read === "not_ours_to_act_on") return { status: "ignored", reason: null, ...nothing };
  if (read === "malformed")
    return { status: "blocked", reason: "the object does not have the shape of its type", ...nothing };
  if (read === "wrong_mode") return { status: "blocked", reason: "livemode is not the endpoint's", ...nothing };
  return reportEffects(read, known, source, now, ctx);
}

/** What is kept of a payload: no id of Stripe's, name or address. */
function redactedPayload(
  event: VerifiedEvent,
  report: Report | undefined,
  checkoutIntentId: string | undefined,
): string {
  const { session, payments, subscription, invoices } = report ?? {};
  const [payment] = payments ?? [];
  const [invoice] = invoices ?? [];
  return JSON.stringify({
    type: event.type,
    apiVersion: event.apiVersion,
    livemode: event.livemode,
    created: event.createdAt,
    objectType: typeof event.object?.object === "string" ? event.object.object.slice(0, 100) : null,
    ...(session && {
      status: session.status ?? null,
      paymentStatus: session.payment_status,
      amountTotal: session.amount_total,
      currency: session.currency,
    }),
    ...(payment && { state: payment.state, amountCents: payment.amountCents }),
    ...(invoice && { paid: invoice.paid, amountCents: invoice.paidCents, periodEnd: invoice.period?.end ?? null }),
    ...(subscription && { status: subscription.status, periodEnd: subscription.periodEnd }),
    checkoutIntentId: checkoutIntentId ?? null,
  });
}
