import Stripe from "stripe";
import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/digest.ts";
import { nextVersion } from "../../base/time.ts";
import { insertAudit } from "../../db/audit.ts";
import type { Query } from "../../db/database.ts";
import { insertContradiction } from "../../db/event-contradictions.ts";
import type { EventRow } from "../../db/webhook-events.ts";
import type { Actor } from "../../kernel/actor.ts";
import type { Context } from "../../kernel/context.ts";
import type { VerifiedEvent } from "../../stripe/verify-event.ts";
import type { Report } from "./report.ts";

/** An event with its origin. Stripe may deliver it many times, and the event list has it, too. */
export interface Arrival {
  readonly event: VerifiedEvent;
  /** The hash of what the event says: a delivery and the event list, which differ in bytes, have the same. */
  readonly payloadSha256: string;
  readonly cameBy: EventRow["cameBy"];
  /** True for Stripe's own copy, fetched by the event's id: it counts also where the first arrival said something else. */
  readonly isFetched?: boolean;
  /** The owner who asks for a replay: blocked and ignored events are applied again, too. */
  readonly replayedBy?: Actor;
}

/** An event with its origin, and with its hash. */
export async function arrivalOf(event: VerifiedEvent, origin: Pick<Arrival, "cameBy" | "isFetched">): Promise<Arrival> {
  return { event, payloadSha256: await sha256(canonicalJson(event.content)), ...origin };
}

/** Whether an arrival says something else than the stored event. Only content of one API version can be compared. */
export function contradicts({ event, payloadSha256, isFetched }: Arrival, stored: EventRow): boolean {
  return !isFetched && stored.apiVersion === event.apiVersion && stored.payloadSha256 !== payloadSha256;
}

/** The columns that tell how applying the event ended. */
type Ending = Pick<EventRow, "status" | "error" | "checkoutIntentId" | "payloadRedactedJson">;

/** The row of an event; `stored` is its row from an earlier arrival. */
export function eventRow(
  { event, payloadSha256, cameBy }: Arrival,
  ending: Ending,
  stored: EventRow | undefined,
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
    attempts: (stored?.attempts ?? 0) + 1,
    reference: stored?.reference ?? ctx.ids.next("stripe-event"),
    cameBy: stored?.cameBy ?? cameBy,
    receivedAt: stored?.receivedAt ?? now,
    deliveredAt: stored ? stored.deliveredAt : cameBy === "webhook" ? now : null,
    updatedAt: stored ? nextVersion(stored.updatedAt, now) : now,
    ...ending,
  };
}

/** What is stored of a payload: no id of Stripe's, name or address. */
export function redactedPayload(
  event: VerifiedEvent,
  report: Report | undefined,
  checkoutIntentId: string | null,
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
      status: session.status,
      paymentStatus: session.paymentStatus,
      amountTotal: session.amounts.totalCents,
      amountTax: session.amounts.taxCents,
      currency: session.currency,
    }),
    ...(payment && { state: payment.state, amountCents: payment.amountCents }),
    ...(invoice && { paid: invoice.paid, amountCents: invoice.paidCents, periodEnd: invoice.period?.end ?? null }),
    ...(subscription && { status: subscription.status, periodEnd: subscription.currentPeriodEnd }),
    checkoutIntentId,
  });
}

/** The owner's replay of an event and its ending. The subject is our own reference. */
export function replayAudit(
  { reference, status, checkoutIntentId, id }: Pick<EventRow, "reference" | "status" | "checkoutIntentId" | "id">,
  actor: Actor,
  now: number,
  ctx: Context,
): Query[] {
  return [
    insertAudit(
      ctx,
      {
        checkoutIntentId,
        eventKind: "stripe_event_replayed",
        subjectId: reference,
        subjectStatus: status,
        summary: "The owner replayed an event of the payment provider.",
      },
      { actorKind: actor.kind, actorId: actor.id, stripeEventId: id },
      now,
    ),
  ];
}

/** The record of an event that came again and said something else. What the first arrival did stays. */
export function contradictionRecord(
  { event, payloadSha256 }: Arrival,
  { reference, status, checkoutIntentId, id }: EventRow,
  now: number,
  ctx: Context,
): Query[] {
  return [
    ...insertContradiction(ctx, { stripeEventId: event.id, payloadSha256, cameAt: now }),
    insertAudit(
      ctx,
      {
        checkoutIntentId,
        eventKind: "stripe_event_contradicted",
        subjectId: reference,
        subjectStatus: status,
        summary: "An event of the payment provider came again with other content. It changed nothing.",
      },
      { actorKind: "stripe_webhook", stripeEventId: id },
      now,
    ),
  ];
}

/**
 * Class and message of the innermost cause of a failure, for the private column. The errors around it quote whole
 * statements with their values. Of an error of Stripe's only type, code and HTTP status: its message may quote anything.
 */
export function innermostFault(thrown: unknown): string {
  let cause = thrown;
  for (let depth = 0; depth < 5 && cause instanceof Error && cause.cause !== undefined; depth++) cause = cause.cause;
  if (cause instanceof Stripe.errors.StripeError) {
    const { type, code, statusCode } = cause;
    return [type, code, statusCode]
      .filter((part) => part !== undefined)
      .join(" ")
      .slice(0, 300);
  }
  return (cause instanceof Error ? `${cause.name}: ${cause.message}` : typeof cause).slice(0, 300);
}
