import type { Context } from "../context.ts";
import { type factsOf, type IntentRow, updateIntent } from "../db/checkouts.ts";
import { type grantsOf, insertFacts } from "../db/grants.ts";
import type { AUDIT_EVENT_KINDS, WEBHOOK_STATUSES } from "../db/schema/vocabulary.ts";
import type { Changes } from "../kernel/confirmed-write.ts";
import { nextVersion } from "../kernel/time.ts";
import { idOf, isSessionEvent, type ReportedSession, type readSessionEvent } from "../stripe/session-facts.ts";
import type { VerifiedEvent } from "../stripe/verify-event.ts";
import { blockedReason, type CheckoutFact, foldStatus, givesAccess } from "./checkout-fold.ts";
import { accessWrites, grantAudit } from "./grant-access.ts";

/** What an event does: how it is recorded, and the changes it makes. Nothing is performed by making it. */
export interface EventEffects extends Changes {
  readonly status: (typeof WEBHOOK_STATUSES)[number];
  /** Why a person has to look, for the owner only. */
  readonly error: string | null;
}

/** What the database knows of the checkout that an event names. */
export interface Known {
  readonly intent: IntentRow | undefined;
  readonly facts: Awaited<ReturnType<typeof factsOf>>;
  readonly grants: Awaited<ReturnType<typeof grantsOf>>;
  readonly buyerEmailHash: string | null;
}

/** Decides what a verified event changes. Whatever is ambiguous is recorded as blocked and changes nothing. */
export function eventEffects(
  event: VerifiedEvent,
  reported: ReturnType<typeof readSessionEvent>,
  known: Known,
  now: number,
  ctx: Context,
): EventEffects {
  if (event.ofConnectedAccount) return unapplied("ignored", null);
  if (event.livemode !== (event.endpointMode === "live")) return unapplied("blocked", "livemode is not the endpoint's");
  if (!isSessionEvent(event.type)) return unapplied("ignored", null);
  if (!reported) return unapplied("blocked", "the object does not have the shape of its type");
  const { session } = reported;
  const { intent } = known;
  if (!intent)
    return namesOurs(session) ? unapplied("blocked", "names a checkout that is not here") : unapplied("ignored", null);
  if (
    session.client_reference_id &&
    session.metadata?.checkout_intent_id &&
    session.client_reference_id !== session.metadata.checkout_intent_id
  ) {
    return unapplied("blocked", "names two checkouts");
  }
  if (intent.stripeCheckoutSessionId !== null && intent.stripeCheckoutSessionId !== session.id) {
    return unapplied("blocked", "names a checkout that has another session");
  }
  return sessionEffects(
    event,
    session,
    [...reported.facts, ...mismatches(session, intent)],
    { ...known, intent },
    now,
    ctx,
  );
}

function sessionEffects(
  event: VerifiedEvent,
  session: ReportedSession,
  told: readonly CheckoutFact[],
  { intent, facts, grants, buyerEmailHash }: Known & { intent: IntentRow },
  now: number,
  ctx: Context,
): EventEffects {
  const before = new Set(facts.map(({ fact }) => fact));
  const fresh = told.filter((fact) => !before.has(fact));
  const all = new Set([...before, ...fresh]);
  const reason = blockedReason(all);
  const outcome = { status: reason ? ("blocked" as const) : ("processed" as const), error: reason };
  if (fresh.length === 0) return { ...outcome, writes: [], audit: [] };

  const status = foldStatus(all, intent.status);
  const granting = givesAccess(all) && !givesAccess(before);
  return {
    ...outcome,
    writes: [
      insertFacts(
        ctx,
        fresh.map((fact) => ({
          ownerUserId: ctx.ownerUserId,
          checkoutIntentId: intent.id,
          fact,
          stripeEventId: event.id,
          occurredAt: event.createdAt,
        })),
      ),
      ...updateIntent(ctx, intent, {
        status,
        blockedReason: reason,
        paidAt: intent.paidAt ?? (status === "paid" ? event.createdAt : null),
        stripeCheckoutSessionId: session.id,
        stripePaymentIntentId: intent.stripePaymentIntentId ?? idOf(session.payment_intent),
        stripeSubscriptionId: intent.stripeSubscriptionId ?? idOf(session.subscription),
        updatedAt: nextVersion(intent.updatedAt, now),
      }),
      ...(granting ? grants.flatMap((grant) => accessWrites(grant, { intent, event, buyerEmailHash, now, ctx })) : []),
    ],
    audit: [
      {
        eventKind: event.type as (typeof AUDIT_EVENT_KINDS)[number],
        subjectId: intent.id,
        subjectStatus: status,
        summary: `Stripe reported ${fresh.join(", ")}.`,
      },
      ...(granting ? grants.map((grant) => grantAudit(grant, intent)) : []),
    ],
  };
}

/** What contradicts the checkout that was confirmed. */
function mismatches(session: ReportedSession, intent: IntentRow): CheckoutFact[] {
  const found: CheckoutFact[] = [];
  if (session.amount_total !== intent.amountCents) found.push("amount_mismatch");
  if (session.currency !== intent.currency) found.push("currency_mismatch");
  if (session.livemode !== (intent.stripeMode === "live")) found.push("mode_mismatch");
  return found;
}

/** Whether the session claims to be of this server's making. */
function namesOurs({ client_reference_id, metadata }: ReportedSession): boolean {
  return [client_reference_id, metadata?.checkout_intent_id].some((id) => id?.startsWith("checkout-intent-"));
}

const unapplied = (status: EventEffects["status"], error: string | null): EventEffects => ({
  status,
  error,
  writes: [],
  audit: [],
});
