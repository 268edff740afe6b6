import { commissionOf } from "../../commerce/commission.ts";
import { checkoutText, decisionText, evidenceText } from "../../commerce/confirmation-texts.ts";
import { checkoutContract, decisionContract, evidenceContract } from "../../commerce/contracts.ts";
import { ROUTES } from "../../commerce/routes.ts";
import * as schema from "../../db/schema/index.ts";
import { canonicalJson } from "../../kernel/canonical-json.ts";
import { type Keyring, sha256 } from "../../kernel/keyring.ts";
import { isoTime } from "../../kernel/time.ts";
import type { Business } from "./business.ts";
import { insertLocal, type LocalStatement } from "./statement.ts";
import type { Story, StoryCheckout } from "./story-shape.ts";

const DAY_MS = 86_400_000;
const CHECKOUT_LIFE_MS = 23 * 3_600_000;

/** What rows are made with beside the story: whose they are, where links lead, and what seals private values. */
export interface StorySetting {
  readonly business: Business;
  readonly story: Story;
  readonly publicUrl: string;
  readonly keyring: Pick<Keyring, "seal">;
}

/** Every row that the story implies, in an order in which each key exists before it is named. */
export async function storyRows(setting: StorySetting): Promise<readonly LocalStatement[]> {
  const { buyer, clicks, checkouts } = setting.story;
  const ownerUserId = setting.business.files.business.ownerUserId;
  const born = new Date(setting.story.catalogReadAt);
  const person = insertLocal(schema.user, { ...buyer, emailVerified: true, createdAt: born, updatedAt: born });
  // The buyer may have an account already, from the accounts of development.
  const people = { ...person, sql: `${person.sql} ON CONFLICT (id) DO NOTHING` };
  const visits = await Promise.all(
    clicks.map(async (click) => {
      const link = requireLink(setting.business, click.linkId);
      return insertLocal(schema.affiliateReferralClicks, {
        id: click.id,
        ownerUserId,
        referralLinkId: link.id,
        referralCode: link.code,
        partnerId: link.partnerId,
        destinationRoute: link.destinationRoute,
        idempotencyKey: `story-${click.id}`,
        utmSource: link.utmSource,
        requestHash: await sha256(`story request of ${click.id}`),
        clickedAt: click.clickedAt,
        createdAt: click.clickedAt,
      });
    }),
  );
  const sales = await Promise.all(checkouts.map((checkout) => checkoutRows(checkout, setting)));
  return [people, ...visits, ...sales.flat()];
}

async function checkoutRows(checkout: StoryCheckout, setting: StorySetting): Promise<LocalStatement[]> {
  const sale = await saleOf(checkout, setting);
  return [
    ...(await startRows(sale)),
    ...(await paymentRows(sale)),
    ...(await evidenceRows(sale)),
    ...(await decisionRows(sale)),
  ];
}

/** One checkout of the story with everything that its rows repeat. */
async function saleOf(checkout: StoryCheckout, setting: StorySetting) {
  const { files } = setting.business;
  const stack = files.offers.stacks.find((candidate) =>
    candidate.offers.some((offer) => offer.publicOfferId === checkout.offerId),
  );
  if (!stack) throw new Error(`${checkout.offerId} is in no stack`);
  const lines = [checkout.offerId, ...checkout.orderBumpIds].map((id) => {
    const offer = stack.offers.find((candidate) => candidate.publicOfferId === id);
    const price = files.prices.prices.find((candidate) => candidate.id === offer?.priceId);
    if (!offer || !price) throw new Error(`${id} is not an offer of ${stack.id}`);
    return { offer, price };
  });
  const [first, ...bumps] = lines;
  const click = setting.story.clicks.find((candidate) => candidate.id === checkout.clickId);
  if (!first || !click) throw new Error(`${checkout.id} sells nothing or has no click`);
  const short = checkout.id.slice(-12);
  return {
    ...setting,
    checkout,
    stack,
    lines,
    bumps,
    first,
    link: requireLink(setting.business, click.linkId),
    ownerUserId: files.business.ownerUserId,
    short,
    amountCents: lines.reduce((sum, line) => sum + line.price.unitAmountCents, 0),
    operationId: operationId(short, "start"),
    correlationId: `audit-story-${short}-start`,
    sessionId: `cs_test_story_${short}`,
    eventId: `evt_story_${short}`,
    attributionId: `checkout-referral-story-${short}`,
    urlPlace: `url of ${checkout.id}`,
  };
}

type Sale = Awaited<ReturnType<typeof saleOf>>;

const operationId = (short: string, step: string) => `operation-story-${short}-${step}`;

async function startRows(sale: Sale): Promise<LocalStatement[]> {
  const { checkout, ownerUserId, first, lines, story, short } = sale;
  const token = (kind: string) => `story-${kind}-${short}`;
  const link = (path: string, kind: string) =>
    sale.keyring.seal(`${sale.publicUrl}${path}/${token(kind)}`, sale.urlPlace);
  const expiresAt = Math.floor((checkout.startedAt + CHECKOUT_LIFE_MS) / 1000) * 1000;
  const decidedAt = checkout.decision?.decidedAt;
  const metadata = { checkout_intent_id: checkout.id, product_id: first.price.productId, price_id: first.price.id };
  return [
    await operationRow(sale, {
      step: "start",
      write: checkoutContract.write,
      at: checkout.startedAt,
      endedAt: checkout.openedAt,
      subjectId: checkout.offerId,
      subjectUpdatedAt: story.catalogReadAt,
      text: checkoutText(
        sale.business.files.business,
        first.price,
        sale.bumps.map((bump) => bump.price),
      ),
      input: { offerId: checkout.offerId, orderBumpIds: checkout.orderBumpIds, referralClickId: checkout.clickId },
      result: {
        checkoutIntentId: checkout.id,
        checkoutUrl: `${sale.publicUrl}${ROUTES.checkoutRedirect}/${token("redirect")}`,
        expiresAt: isoTime(expiresAt),
        amountCents: sale.amountCents,
        currency: first.price.currency,
        stripeMode: checkoutContract.stripeMode,
        status: "open",
        updatedAt: isoTime(checkout.openedAt),
      },
    }),
    insertLocal(schema.checkoutIntents, {
      id: checkout.id,
      ownerUserId,
      checkoutKind: checkoutContract.checkoutKind,
      status: "paid",
      productId: first.price.productId,
      priceId: first.price.id,
      amountCents: sale.amountCents,
      currency: first.price.currency,
      stripeMode: checkoutContract.stripeMode,
      idempotencyKey: `story-${short}-start`,
      buyerUserId: story.buyer.id,
      stripeCheckoutSessionId: sale.sessionId,
      stripePaymentIntentId: `pi_story_${short}`,
      successUrl: await link(ROUTES.checkoutSuccess, "return"),
      cancelUrl: await link(ROUTES.checkoutCancel, "cancel"),
      redirectUrl: await link(ROUTES.checkoutRedirect, "redirect"),
      auditCorrelationId: sale.correlationId,
      agentClientId: story.clientId,
      actorId: story.buyer.id,
      operationId: sale.operationId,
      offerId: checkout.offerId,
      offerStackId: sale.stack.id,
      confirmedAt: checkout.startedAt,
      frozenRequestJson: JSON.stringify({
        mode: "payment",
        line_items: lines.map(({ offer, price }) => ({
          quantity: 1,
          price_data: {
            currency: price.currency,
            unit_amount: price.unitAmountCents,
            product_data: { name: offer.name },
          },
        })),
        client_reference_id: checkout.id,
        metadata,
        payment_intent_data: { metadata },
        expires_at: expiresAt / 1000,
      }),
      frozenApiVersion: story.stripeApiVersion,
      expiresAt,
      paidAt: checkout.paidAt,
      createdAt: checkout.startedAt,
      updatedAt: decidedAt ?? checkout.paidAt,
    }),
    ...lines.map(({ offer, price }, position) =>
      insertLocal(schema.checkoutIntentLines, {
        ownerUserId,
        checkoutIntentId: checkout.id,
        position,
        role: offer.role === "order_bump" ? "order_bump" : "primary",
        offerId: offer.publicOfferId,
        productId: price.productId,
        priceId: price.id,
        name: offer.name,
        unitAmountCents: price.unitAmountCents,
      }),
    ),
    ...(await Promise.all(
      (["redirect", "return", "cancel"] as const).map(async (kind) =>
        insertLocal(schema.checkoutLinks, {
          tokenSha256: await sha256(token(kind)),
          ownerUserId,
          checkoutIntentId: checkout.id,
          kind,
        }),
      ),
    )),
    insertLocal(schema.checkoutReferralAttributions, {
      id: sale.attributionId,
      ownerUserId,
      checkoutIntentId: checkout.id,
      referralClickId: checkout.clickId,
      referralLinkId: sale.link.id,
      referralCode: sale.link.code,
      partnerId: sale.link.partnerId,
      destinationRoute: sale.link.destinationRoute,
      checkoutProductId: first.price.productId,
      checkoutPriceId: first.price.id,
      auditCorrelationId: sale.correlationId,
      createdAt: checkout.startedAt,
    }),
    startAudit(
      sale,
      "checkout_intent_created",
      checkout.startedAt,
      checkout.id,
      "created",
      "A checkout was confirmed and written down.",
    ),
    startAudit(
      sale,
      "checkout_referral_attribution_attached",
      checkout.startedAt,
      sale.attributionId,
      "checkout_intent_attached",
      "A referral click was attached to a checkout as evidence.",
    ),
    startAudit(
      sale,
      "checkout_session_created",
      checkout.openedAt,
      checkout.id,
      "open",
      "The hosted payment page was created.",
    ),
  ];
}

/** What Stripe's one event told, and the access that it gave. */
async function paymentRows(sale: Sale): Promise<LocalStatement[]> {
  const { checkout, ownerUserId, eventId, short } = sale;
  const grants = sale.lines.flatMap(({ price }) =>
    sale.business.files["access-catalog"].grantMaps.filter((map) => map.priceId === price.id),
  );
  const told = (id: string, eventKind: AuditKind, subjectId: string, subjectStatus: string, summary: string) =>
    insertLocal(schema.paymentAuditEvents, {
      id: `audit-event-story-${short}-${id}`,
      ownerUserId,
      checkoutIntentId: checkout.id,
      eventKind,
      actorKind: "stripe_webhook",
      summary,
      createdAt: checkout.paidAt,
      stripeEventId: eventId,
      operationId: sale.operationId,
      auditCorrelationId: sale.correlationId,
      subjectId,
      subjectStatus,
    });
  return [
    insertLocal(schema.stripeWebhookEvents, {
      id: eventId,
      ownerUserId,
      eventType: "checkout.session.completed",
      apiVersion: sale.story.stripeApiVersion,
      livemode: 0,
      status: "processed",
      processedAt: checkout.paidAt,
      payloadRedactedJson: JSON.stringify({ paymentStatus: "paid", checkoutIntentId: checkout.id }),
      payloadSha256: await sha256(`story payload of ${eventId}`),
      stripeCreatedAt: checkout.paidAt,
      checkoutIntentId: checkout.id,
      receivedAt: checkout.paidAt,
      updatedAt: checkout.paidAt,
    }),
    ...(["session_complete", "paid"] as const).map((fact) =>
      insertLocal(schema.checkoutFacts, {
        ownerUserId,
        checkoutIntentId: checkout.id,
        fact,
        stripeEventId: eventId,
        occurredAt: checkout.paidAt,
      }),
    ),
    told("paid", "checkout.session.completed", checkout.id, "paid", "Stripe reported session_complete, paid."),
    ...grants.flatMap((grant, index) => {
      const entitlementId = `entitlement-${checkout.id}-${grant.entitlementTemplateId}`;
      return [
        insertLocal(schema.productEntitlements, {
          id: entitlementId,
          ownerUserId,
          checkoutIntentId: checkout.id,
          productId: grant.productId,
          entitlementTemplateId: grant.entitlementTemplateId,
          accessRuleId: grant.accessRuleId,
          grantKind: "sandbox_paid_webhook",
          sourcePriceId: grant.priceId,
          grantedAt: checkout.paidAt,
          sourceStripeEventId: eventId,
          sourceCommerceProductId: grant.sourceCommerceProductId,
          buyerUserId: sale.story.buyer.id,
          updatedAt: checkout.paidAt,
        }),
        insertLocal(schema.productFulfillmentTasks, {
          id: `fulfillment-${checkout.id}-${grant.entitlementTemplateId}`,
          ownerUserId,
          entitlementId,
          checkoutIntentId: checkout.id,
          productId: grant.productId,
          fulfillmentKind: grant.taskKind,
          summary: grant.taskSummary,
          createdAt: checkout.paidAt,
          updatedAt: checkout.paidAt,
        }),
        told(`grant-${index}`, "product_entitlement_granted", entitlementId, "active", "A paid checkout gave access."),
      ];
    }),
  ];
}

async function evidenceRows(sale: Sale): Promise<LocalStatement[]> {
  const { checkout, ownerUserId, short } = sale;
  const { evidence } = checkout;
  if (!evidence) return [];
  const rates = sale.business.files.affiliates.programs.flatMap((program) => program.commissionRules);
  const commission = commissionOf(
    sale.lines.map(({ price }) => ({ priceId: price.id, unitAmountCents: price.unitAmountCents })),
    rates,
  );
  if (!commission) throw new Error(`no price of ${checkout.id} has a rate`);
  const at = evidence.recordedAt;
  const paid = checkout.paidAt <= at;
  const statuses = {
    ledgerStatus: evidenceContract.initialLedgerStatus,
    reviewStatus: evidenceContract.initialReviewStatus,
    payoutStatus: evidenceContract.initialPayoutStatus,
  };
  return [
    await operationRow(sale, {
      step: "evidence",
      write: evidenceContract.write,
      at,
      endedAt: at,
      subjectId: checkout.id,
      subjectUpdatedAt: paid ? checkout.paidAt : checkout.openedAt,
      text: evidenceText(sale.business.files.business),
      input: { checkoutIntentId: checkout.id },
      result: {
        commissionLedgerId: evidence.id,
        grossSaleCents: sale.amountCents,
        commissionCents: commission.commissionCents,
        ...statuses,
        updatedAt: isoTime(at),
      },
    }),
    insertLocal(schema.affiliateCommissionLedgerEntries, {
      id: evidence.id,
      ownerUserId,
      checkoutIntentId: checkout.id,
      referralAttributionId: sale.attributionId,
      referralClickId: checkout.clickId,
      referralLinkId: sale.link.id,
      partnerId: sale.link.partnerId,
      referralCode: sale.link.code,
      sourceCheckoutAmountCents: sale.amountCents,
      commissionCents: commission.commissionCents,
      ...statuses,
      idempotencyKey: `story-${short}-evidence`,
      auditCorrelationId: `audit-story-${short}-evidence`,
      operationId: operationId(short, "evidence"),
      actorId: sale.story.buyer.id,
      commissionRuleIdsJson: JSON.stringify(commission.ruleIds),
      sourceCheckoutStatus: paid ? "paid" : "open",
      currency: sale.first.price.currency,
      refundWindowDays: commission.holdDays,
      reversibleUntil: at + commission.holdDays * DAY_MS,
      createdAt: at,
      updatedAt: at,
    }),
    insertLocal(schema.paymentAuditEvents, {
      id: `audit-event-story-${short}-evidence`,
      ownerUserId,
      checkoutIntentId: checkout.id,
      eventKind: "affiliate_commission_ledger_review_only_created",
      actorKind: "oauth_client",
      actorId: sale.story.buyer.id,
      clientId: sale.story.clientId,
      proof: "argument",
      summary: "Review-only commission evidence was recorded.",
      createdAt: at,
      operationId: operationId(short, "evidence"),
      auditCorrelationId: `audit-story-${short}-evidence`,
      subjectId: evidence.id,
      subjectStatus: statuses.ledgerStatus,
    }),
  ];
}

async function decisionRows(sale: Sale): Promise<LocalStatement[]> {
  const { checkout, ownerUserId, short } = sale;
  const { decision } = checkout;
  if (!decision) return [];
  const role = decisionContract.allowedDecisions.find(
    (allowed) => allowed.decisionKind === decision.decisionKind,
  )?.role;
  const offer = sale.stack.offers.find((candidate) => candidate.role === role);
  if (!offer) throw new Error(`${sale.stack.id} presents nothing that ${decision.decisionKind} answers`);
  const at = decision.decidedAt;
  const answered = {
    checkoutIntentId: checkout.id,
    offerStackId: sale.stack.id,
    presentedOfferId: offer.publicOfferId,
    decisionKind: decision.decisionKind,
    checkoutStatus: "paid" as const,
  };
  return [
    await operationRow(sale, {
      step: "decision",
      write: decisionContract.write,
      at,
      endedAt: at,
      subjectId: checkout.id,
      subjectUpdatedAt: checkout.paidAt,
      text: decisionText(sale.business.files.business),
      input: {
        checkoutIntentId: checkout.id,
        decisionKind: decision.decisionKind,
        presentedOfferId: offer.publicOfferId,
      },
      result: { decisionId: decision.id, ...answered, checkoutUpdatedAt: isoTime(checkout.paidAt) },
      onPage: true,
    }),
    insertLocal(schema.checkoutPostPurchaseDecisions, {
      id: decision.id,
      ownerUserId,
      ...answered,
      checkoutUpdatedAt: checkout.paidAt,
      actorKind: "buyer_post_purchase_page",
      createdAt: at,
      idempotencyKey: `story-${short}-decision`,
      auditCorrelationId: `audit-story-${short}-decision`,
      operationId: operationId(short, "decision"),
    }),
    insertLocal(schema.paymentAuditEvents, {
      id: `audit-event-story-${short}-decision`,
      ownerUserId,
      checkoutIntentId: checkout.id,
      eventKind: "post_purchase_non_billing_decision_recorded",
      actorKind: "buyer_post_purchase_page",
      actorId: sale.story.buyer.id,
      proof: "approval_page",
      summary: "The buyer's answer to an offer was recorded.",
      createdAt: at,
      operationId: operationId(short, "decision"),
      auditCorrelationId: `audit-story-${short}-decision`,
      subjectId: decision.id,
      subjectStatus: decision.decisionKind,
    }),
  ];
}

interface StoryOperation {
  readonly step: string;
  readonly write: string;
  readonly at: number;
  readonly endedAt: number;
  readonly subjectId: string;
  readonly subjectUpdatedAt: number;
  readonly text: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly result: Readonly<Record<string, unknown>>;
  /** Whether the buyer did it on our own page; else an agent did it for the buyer. */
  readonly onPage?: boolean;
}

async function operationRow(sale: Sale, operation: StoryOperation): Promise<LocalStatement> {
  const id = operationId(sale.short, operation.step);
  const { write, input, onPage = false } = operation;
  const expectedUpdatedAt = isoTime(operation.subjectUpdatedAt);
  return insertLocal(schema.operations, {
    id,
    ownerUserId: sale.ownerUserId,
    actorId: sale.story.buyer.id,
    actorKind: onPage ? "buyer_post_purchase_page" : "oauth_client",
    clientId: onPage ? null : sale.story.clientId,
    idempotencyKey: `story-${sale.short}-${operation.step}`,
    writeName: write,
    fingerprint: await sha256(canonicalJson({ write, input, expectedUpdatedAt })),
    status: "succeeded",
    proof: onPage ? "approval_page" : "argument",
    subjectId: operation.subjectId,
    subjectUpdatedAt: operation.subjectUpdatedAt,
    confirmationText: operation.text,
    auditCorrelationId: `audit-story-${sale.short}-${operation.step}`,
    answerSealed: await sale.keyring.seal(JSON.stringify(operation.result), `answer of ${id}`),
    createdAt: operation.at,
    updatedAt: operation.endedAt,
  });
}

type AuditKind = (typeof schema.paymentAuditEvents.$inferInsert)["eventKind"];

function startAudit(
  sale: Sale,
  eventKind: AuditKind,
  createdAt: number,
  subjectId: string,
  subjectStatus: string,
  summary: string,
): LocalStatement {
  return insertLocal(schema.paymentAuditEvents, {
    id: `audit-event-story-${sale.short}-${eventKind}`,
    ownerUserId: sale.ownerUserId,
    checkoutIntentId: sale.checkout.id,
    eventKind,
    actorKind: "oauth_client",
    actorId: sale.story.buyer.id,
    clientId: sale.story.clientId,
    proof: "argument",
    summary,
    createdAt,
    operationId: sale.operationId,
    auditCorrelationId: sale.correlationId,
    subjectId,
    subjectStatus,
  });
}

function requireLink({ files }: Business, id: string) {
  const link = files.affiliates.programs.flatMap((program) => program.links).find((candidate) => candidate.id === id);
  if (!link) throw new Error(`${id} is not a referral link`);
  return link;
}
