import type { Context } from "../context.ts";
import {
  type IntentRow,
  insertAttribution,
  insertIntent,
  insertLines,
  insertLinks,
  type LineRow,
  updateIntent,
} from "../db/checkouts.ts";
import type { ClickRow } from "../db/referrals.ts";
import type { AuditEntry, Changes, OperationSeed, Settlement } from "../kernel/confirmed-write.ts";
import { randomToken, sha256 } from "../kernel/keyring.ts";
import { Problem } from "../kernel/problem.ts";
import { isoTime, nextVersion } from "../kernel/time.ts";
import { outcomeUnknown } from "../kernel/write-refusals.ts";
import { createOrFindSession, type FrozenRequest, type SessionOutcome } from "../stripe/checkout-session.ts";
import { ROUTES } from "./routes.ts";

/** Stripe lets a session live a day; an hour less keeps a retry with the same key inside the key's own day. */
const LIFE_MS = 23 * 3_600_000;

/** What is sold, priced as it was confirmed. */
export interface CheckoutTerms {
  readonly kind: IntentRow["checkoutKind"];
  readonly stripeMode: IntentRow["stripeMode"];
  readonly currency: string;
  readonly amountCents: number;
  readonly lines: readonly Omit<LineRow, "ownerUserId" | "checkoutIntentId" | "position">[];
  /** Everything of the session request but what each checkout has anyway. */
  readonly request: Pick<FrozenRequest, "mode" | "line_items">;
  readonly offerId: string | null;
  readonly offerStackId: string | null;
  readonly planSlug: string | null;
  readonly click: ClickRow | undefined;
}

/** The claimed checkout, and what its answer needs beside it. */
export interface PendingCheckout {
  readonly intent: IntentRow;
  readonly otherOpenCheckouts: readonly string[];
}

export interface StartedCheckout {
  checkoutIntentId: string;
  checkoutUrl: string;
  expiresAt: string;
  amountCents: number;
  currency: string;
  stripeMode: IntentRow["stripeMode"];
  status: IntentRow["status"];
  updatedAt: string;
  otherOpenCheckouts?: string[] | undefined;
}

/** The rows of a new checkout, written before Stripe is called. Nothing is handed out yet. */
export async function claimCheckout(
  terms: CheckoutTerms,
  operation: OperationSeed,
  otherOpenCheckouts: readonly string[],
  ctx: Context,
): Promise<Changes & { readonly pending: PendingCheckout }> {
  const [first] = terms.lines;
  if (!first) throw new Error("a checkout sells at least one line");
  const id = ctx.ids.next("checkout-intent");
  const { ownerUserId } = ctx;
  const tokens = { redirect: randomToken(), return: randomToken(), cancel: randomToken() };
  const seal = (path: string) => ctx.keyring.seal(`${ctx.publicUrl}${path}`, urlPlace(id));
  const metadata = {
    checkout_intent_id: id,
    product_id: first.productId,
    price_id: first.priceId,
    selected_order_bump_price_ids: terms.lines
      .filter((line) => line.role === "order_bump")
      .map((line) => line.priceId)
      .join(","),
    ...(terms.planSlug && { plan_slug: terms.planSlug }),
  };
  const expiresAt = Math.floor((operation.now + LIFE_MS) / 1000) * 1000;
  const frozenRequest: FrozenRequest = {
    ...terms.request,
    client_reference_id: id,
    metadata,
    ...(terms.request.mode === "subscription"
      ? { subscription_data: { metadata } }
      : { payment_intent_data: { metadata } }),
    expires_at: expiresAt / 1000,
  };
  const intent: IntentRow = {
    id,
    ownerUserId,
    checkoutKind: terms.kind,
    status: "created",
    productId: first.productId,
    priceId: first.priceId,
    amountCents: terms.amountCents,
    currency: terms.currency,
    stripeMode: terms.stripeMode,
    idempotencyKey: operation.idempotencyKey,
    buyerUserId: operation.actor.id,
    buyerEmail: null,
    stripeCheckoutSessionId: null,
    stripePaymentIntentId: null,
    stripeSubscriptionId: null,
    successUrl: await seal(`${terms.planSlug ? ROUTES.pricingSuccess : ROUTES.checkoutSuccess}/${tokens.return}`),
    cancelUrl: await seal(`${ROUTES.checkoutCancel}/${tokens.cancel}`),
    redirectUrl: await seal(`${ROUTES.checkoutRedirect}/${tokens.redirect}`),
    auditCorrelationId: operation.auditCorrelationId,
    agentClientId: operation.actor.clientId,
    metadataJson: "{}",
    actorId: operation.actor.id,
    operationId: operation.id,
    offerId: terms.offerId,
    offerStackId: terms.offerStackId,
    planSlug: terms.planSlug,
    confirmationRequired: 1,
    confirmedAt: operation.now,
    frozenRequestJson: JSON.stringify(frozenRequest),
    frozenApiVersion: ctx.stripe.apiVersion,
    attempt: 1,
    stripeCheckoutUrl: null,
    blockedReason: null,
    expiresAt,
    paidAt: null,
    stripeInvoiceId: null,
    purchaseVersion: 0,
    lastCheckedAt: operation.now,
    createdAt: operation.now,
    updatedAt: operation.now,
  };
  const links = await Promise.all(
    (["redirect", "return", "cancel"] as const).map(async (kind) => ({
      tokenSha256: await sha256(tokens[kind]),
      ownerUserId,
      checkoutIntentId: id,
      kind,
    })),
  );
  const attribution = terms.click && attributionOf(terms.click, intent, operation, ctx);
  return {
    writes: [
      insertIntent(ctx, intent),
      insertLines(
        ctx,
        terms.lines.map((line, position) => ({ ...line, ownerUserId, checkoutIntentId: id, position })),
      ),
      insertLinks(ctx, links),
      ...(attribution ? [insertAttribution(ctx, attribution)] : []),
    ],
    audit: [
      entry(intent, "checkout_intent_created", "created", "A checkout was confirmed and written down."),
      ...(attribution
        ? [
            {
              ...entry(
                intent,
                "checkout_referral_attribution_attached",
                attribution.attributionStatus,
                "A referral click was attached to a checkout as evidence.",
              ),
              subjectId: attribution.id,
            },
          ]
        : []),
    ],
    pending: { intent, otherOpenCheckouts },
  };
}

/** Asks Stripe for the session of a claimed checkout. Safe to run many times and at once. */
export async function askForSession({ intent }: PendingCheckout, ctx: Context): Promise<SessionOutcome> {
  return createOrFindSession(
    {
      checkoutIntentId: intent.id,
      stripeMode: intent.stripeMode,
      actorId: intent.actorId,
      idempotencyKey: intent.idempotencyKey,
      attempt: intent.attempt,
      frozenRequest: JSON.parse(intent.frozenRequestJson) as FrozenRequest,
      apiVersion: intent.frozenApiVersion,
      successUrl: await ctx.keyring.open(intent.successUrl, urlPlace(intent.id)),
      cancelUrl: await ctx.keyring.open(intent.cancelUrl, urlPlace(intent.id)),
      createdAt: intent.createdAt,
      expiresAt: intent.expiresAt,
    },
    ctx,
  );
}

/** Turns what Stripe said into rows and an answer. */
export async function settleCheckout(
  { intent, otherOpenCheckouts }: PendingCheckout,
  outcome: SessionOutcome,
  operation: OperationSeed,
  ctx: Context,
): Promise<Settlement<StartedCheckout>> {
  const updatedAt = nextVersion(intent.updatedAt, ctx.clock.now());
  const moved = (change: Partial<IntentRow>) => updateIntent(ctx, intent, { ...change, updatedAt });
  // Blocked for want of an answer, not because Stripe's facts contradict what was confirmed.
  const unanswered = intent.status === "blocked" && intent.stripeCheckoutSessionId === null;
  const waiting = intent.status === "created" || unanswered;

  switch (outcome.kind) {
    case "session": {
      const { session } = outcome;
      const { id: sessionId, url } = session;
      const handedOut = { stripeCheckoutSessionId: sessionId, attempt: outcome.attempt };
      if (
        session.amount_total !== intent.amountCents ||
        session.currency !== intent.currency ||
        session.livemode !== (intent.stripeMode === "live")
      ) {
        const writes = moved({
          ...handedOut,
          status: "blocked",
          blockedReason: "The session is priced otherwise than was confirmed.",
        });
        return {
          status: "failed",
          problem: new Problem("ineligible_state", {
            detail: "The payment provider priced this otherwise than was confirmed. Nothing was handed out.",
          }),
          writes,
          audit: [
            entry(
              intent,
              "checkout_session_not_created",
              "blocked",
              "The session did not have the confirmed price and was not handed out.",
            ),
          ],
        };
      }
      if (session.status === "expired")
        return ranOut(intent, moved({ ...handedOut, status: waiting ? "expired" : intent.status }), waiting);
      // A webhook may have been quicker than this finish: what it found out stays.
      const status = waiting ? "open" : intent.status;
      const stripeCheckoutUrl = url ? await ctx.keyring.seal(url, urlPlace(intent.id)) : null;
      return {
        status: "succeeded",
        result: {
          checkoutIntentId: intent.id,
          checkoutUrl: await ctx.keyring.open(intent.redirectUrl, urlPlace(intent.id)),
          expiresAt: isoTime(intent.expiresAt),
          amountCents: intent.amountCents,
          currency: intent.currency,
          stripeMode: intent.stripeMode,
          status,
          updatedAt: isoTime(updatedAt),
          ...(otherOpenCheckouts.length > 0 && { otherOpenCheckouts: [...otherOpenCheckouts] }),
        },
        writes: moved({
          ...handedOut,
          status,
          stripeCheckoutUrl,
          blockedReason: waiting ? null : intent.blockedReason,
        }),
        audit: [entry(intent, "checkout_session_created", status, "The hosted payment page was created.")],
      };
    }
    case "too_late":
      return ranOut(intent, moved({ status: waiting ? "expired" : intent.status }), waiting);
    case "nothing_created": {
      // Stripe did not look at this try, so what an earlier one did is as unknown as before.
      if (unanswered && outcome.attempt === intent.attempt) {
        return { status: "outcome_unknown", problem: outcomeUnknown(operation.id), writes: [], audit: [] };
      }
      const changed = outcome.attempt !== intent.attempt || unanswered;
      return {
        status: "pending",
        problem: new Problem("provider_unavailable", {
          detail: "The payment provider created nothing. Repeat the call unchanged with the same key.",
          retryAfterSeconds: 2,
        }),
        writes: changed
          ? moved({ attempt: outcome.attempt, status: waiting ? "created" : intent.status, blockedReason: null })
          : [],
        audit: changed
          ? [
              entry(
                intent,
                "checkout_session_not_created",
                "created",
                "The payment provider refused and created nothing.",
              ),
            ]
          : [],
      };
    }
    case "in_flight":
      return {
        status: unanswered ? "outcome_unknown" : "pending",
        problem: new Problem("operation_in_progress", {
          detail: "The same key is being worked on. Repeat the call unchanged in a moment.",
          retryAfterSeconds: 1,
        }),
        writes: [],
        audit: [],
      };
    case "unknown": {
      const known = intent.status !== "created";
      return {
        status: "outcome_unknown",
        problem: outcomeUnknown(operation.id),
        writes: known
          ? []
          : moved({ status: "blocked", blockedReason: "Whether the payment provider created a session." }),
        audit: known
          ? []
          : [
              entry(
                intent,
                "checkout_session_outcome_unknown",
                "blocked",
                "The payment provider gave no answer that can be relied on.",
              ),
            ],
      };
    }
  }
}

/** Where a checkout's URLs are sealed for. */
export const urlPlace = (checkoutIntentId: string) => `url of ${checkoutIntentId}`;

function ranOut(intent: IntentRow, writes: Changes["writes"], waiting: boolean): Settlement<StartedCheckout> {
  return {
    status: "failed",
    problem: new Problem("ineligible_state", {
      detail: "This checkout ran out before it could be handed out. Start a new one with a new key.",
    }),
    writes,
    audit: waiting
      ? [entry(intent, "checkout_session_not_created", "expired", "The checkout ran out before it was handed out.")]
      : [],
  };
}

function attributionOf({ click }: ClickRow, intent: IntentRow, operation: OperationSeed, ctx: Context) {
  return {
    id: ctx.ids.next("checkout-referral"),
    ownerUserId: ctx.ownerUserId,
    checkoutIntentId: intent.id,
    referralClickId: click.id,
    referralLinkId: click.referralLinkId,
    referralCode: click.referralCode,
    partnerId: click.partnerId,
    destinationRoute: click.destinationRoute,
    attributionStatus: "checkout_intent_attached" as const,
    checkoutProductId: intent.productId,
    checkoutPriceId: intent.priceId,
    auditCorrelationId: operation.auditCorrelationId,
    createdAt: operation.now,
  };
}

function entry(
  intent: IntentRow,
  eventKind: AuditEntry["eventKind"],
  subjectStatus: string,
  summary: string,
): AuditEntry {
  return { eventKind, subjectId: intent.id, subjectStatus, checkoutIntentId: intent.id, summary };
}
