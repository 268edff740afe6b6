import { randomToken, sha256 } from "../../base/digest.ts";
import {
  firstTry,
  type IntentRow,
  insertAttribution,
  insertIntent,
  insertLines,
  insertLinks,
} from "../../db/checkouts.ts";
import { countUp } from "../../db/counts.ts";
import { guardOpenCheckouts } from "../../db/open-checkouts.ts";
import type { ClickRow } from "../../db/referrals.ts";
import type { Changes, OperationSeed } from "../../kernel/confirmed-write.ts";
import type { Context } from "../../kernel/context.ts";
import type { FrozenRequest } from "../../stripe/checkout-session.ts";
import { tryFrom } from "../../stripe/search-spans.ts";
import { ROUTES } from "../routes.ts";
import type { Tax } from "../tax.ts";
import { bumpMetadata } from "./bump-metadata.ts";
import { closeRequest } from "./frozen-request.ts";
import { type CheckoutTerms, checkoutEntry, type PendingCheckout, urlPlace } from "./hosted-checkout.ts";

/** Stripe lets a session live a day; an hour less keeps a retry with the same key inside the key's own day. */
const LIFE_MS = 23 * 3_600_000;

/** The rows of a new checkout, written before Stripe is called. */
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
  const expiresAt = Math.floor((operation.now + LIFE_MS) / 1000) * 1000;
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
    frozenRequestJson: closeRequest(frozenRequestOf(id, terms, first, expiresAt)),
    frozenApiVersion: ctx.stripe.apiVersion,
    attempt: 1,
    stripeCheckoutUrl: null,
    blockedReason: null,
    expiresAt,
    paidAt: null,
    paidCents: null,
    stripeInvoiceId: null,
    purchaseVersion: 0,
    // The first change of the status sets it; see `firstCheckAt`.
    checkAt: null,
    sessionSearchedTo: null,
    sessionTriesJson: firstTry(tryFrom(operation.now)),
    taxBehavior: terms.tax,
    taxCents: null,
    grantId: operation.actor.grantId,
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
      guardOpenCheckouts(ctx, intent.actorId),
      ...countUp(ctx, "startsADay", intent.actorId, ctx.accountBounds.startsADay),
      insertIntent(ctx, intent),
      insertLines(
        ctx,
        terms.lines.map((line, position) => ({ ...line, ownerUserId, checkoutIntentId: id, position })),
      ),
      insertLinks(ctx, links),
      ...(attribution ? [insertAttribution(ctx, attribution)] : []),
    ],
    audit: [
      checkoutEntry(intent, "checkout_intent_created", "created", "A checkout was confirmed and written down."),
      ...(attribution
        ? [
            {
              ...checkoutEntry(
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

/** The request to Stripe without its URLs. Its metadata names the checkout on every object that Stripe makes for it. */
function frozenRequestOf(id: string, terms: CheckoutTerms, first: Line, expiresAt: number): FrozenRequest {
  const metadata = {
    checkout_intent_id: id,
    product_id: first.productId,
    price_id: first.priceId,
    ...bumpMetadata(terms.lines.filter(({ role }) => role === "order_bump").map(({ priceId }) => priceId)),
    ...(terms.planSlug && { plan_slug: terms.planSlug }),
  };
  return {
    ...terms.request,
    ...ownSettings(terms.tax),
    client_reference_id: id,
    metadata,
    ...(terms.request.mode === "subscription"
      ? { subscription_data: { metadata } }
      : { payment_intent_data: { metadata } }),
    expires_at: expiresAt / 1000,
  };
}

/**
 * The settings of a session that the Stripe account decides where a request leaves them out, and that change what is
 * charged. A subscription follows its session's `automatic_tax` (Stripe's "Checkout Sessions", create).
 */
export const ownSettings = (tax: Tax) =>
  ({
    automatic_tax: { enabled: tax !== null },
    managed_payments: { enabled: false },
    adaptive_pricing: { enabled: false },
  }) satisfies Partial<FrozenRequest>;

type Line = CheckoutTerms["lines"][number];

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
