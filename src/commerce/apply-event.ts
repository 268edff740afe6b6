import type { Context } from "../context.ts";
import { factsOf, intentById } from "../db/checkouts.ts";
import { GuardFailed } from "../db/database.ts";
import { grantsOf } from "../db/grants.ts";
import { insertAudit } from "../db/operations.ts";
import { takeEvent, webhookEventById } from "../db/webhook-events.ts";
import { nextVersion } from "../kernel/time.ts";
import { checkoutNamedBy, type ReportedSession, readSessionEvent } from "../stripe/session-facts.ts";
import type { VerifiedEvent } from "../stripe/verify-event.ts";
import { type EventEffects, eventEffects } from "./event-effects.ts";

/** How an event ended. `duplicate`: it had been applied before, by us or by another delivery at this moment. */
export interface Applied {
  readonly status: EventEffects["status"];
  readonly duplicate: boolean;
}

/** Other events of the same checkout may be applied at the same time; the loser reads again. */
const TRIES = 5;

/**
 * Applies a verified event once, in one read batch and one guarded write batch.
 * Throws when it could not be applied: nothing of it is written then, and the next delivery tries again.
 */
export async function applyEvent(event: VerifiedEvent, payloadSha256: string, ctx: Context): Promise<Applied> {
  const reported = readSessionEvent(event.type, event.object);
  const checkoutId = (reported && checkoutNamedBy(reported.session)) ?? "";
  const email = reported?.session.customer_details?.email;
  const buyerEmailHash = email ? await ctx.keyring.keyedHash(email.trim().toLowerCase(), "e-mail") : null;
  for (let tries = 0; tries < TRIES; tries++) {
    const rows = await ctx.db.read({
      known: webhookEventById(ctx, event.id),
      intent: intentById(ctx, checkoutId),
      facts: factsOf(ctx, checkoutId),
      grants: grantsOf(ctx, checkoutId),
    });
    const [known] = rows.known;
    if (known && known.status !== "failed" && known.status !== "received")
      return { status: known.status, duplicate: true };

    const now = ctx.clock.now();
    const [intent] = rows.intent;
    const effects = eventEffects(event, reported, { ...rows, intent, buyerEmailHash }, now, ctx);
    const auditCorrelationId = intent?.auditCorrelationId ?? ctx.ids.next("audit");
    try {
      await ctx.db.commit([
        ...takeEvent(ctx, {
          id: event.id,
          ownerUserId: ctx.ownerUserId,
          eventType: event.type,
          apiVersion: event.apiVersion,
          livemode: event.livemode ? 1 : 0,
          status: effects.status,
          processedAt: now,
          payloadRedactedJson: redactedPayload(event, reported?.session, intent?.id),
          error: effects.error,
          payloadSha256,
          stripeCreatedAt: event.createdAt,
          checkoutIntentId: intent?.id ?? null,
          attempts: (known?.attempts ?? 0) + 1,
          receivedAt: known?.receivedAt ?? now,
          updatedAt: known ? nextVersion(known.updatedAt, now) : now,
        }),
        ...effects.writes,
        ...effects.audit.map((entry) =>
          insertAudit(ctx, {
            id: ctx.ids.next("audit-event"),
            ownerUserId: ctx.ownerUserId,
            checkoutIntentId: intent?.id ?? null,
            eventKind: entry.eventKind,
            actorKind: "stripe_webhook",
            summary: entry.summary,
            createdAt: now,
            stripeEventId: event.id,
            operationId: intent?.operationId ?? null,
            auditCorrelationId,
            subjectId: entry.subjectId,
            subjectStatus: entry.subjectStatus ?? null,
          }),
        ),
      ]);
      return { status: effects.status, duplicate: false };
    } catch (error) {
      if (!(error instanceof GuardFailed)) throw error;
    }
  }
  throw new Error("an event lost every race for its checkout");
}

/** What is kept of a payload: no id, name, address or amount of a person's. */
function redactedPayload(
  event: VerifiedEvent,
  session: ReportedSession | undefined,
  checkoutIntentId: string | undefined,
): string {
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
    checkoutIntentId: checkoutIntentId ?? null,
  });
}
