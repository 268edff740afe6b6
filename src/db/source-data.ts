import { and, asc, desc, eq, sql } from "drizzle-orm";
import type { Database, Rows } from "./database.ts";
import * as schema from "./schema/index.ts";

/** What `/commerce/source-data` is computed from: the catalog, and counts that triggers keep. No table is scanned. */
export function commerceQueries({ build }: Database, ownerUserId: string) {
  return {
    ...sharedQueries(build, ownerUserId),
    products: build.select().from(schema.commerceProducts).where(eq(schema.commerceProducts.ownerUserId, ownerUserId)),
    prices: build.select().from(schema.commercePrices).where(eq(schema.commercePrices.ownerUserId, ownerUserId)),
    stacks: build
      .select()
      .from(schema.offerStacks)
      .where(eq(schema.offerStacks.ownerUserId, ownerUserId))
      .orderBy(asc(schema.offerStacks.position), asc(schema.offerStacks.id)),
    offers: build
      .select()
      .from(schema.stackOffers)
      .where(and(eq(schema.stackOffers.ownerUserId, ownerUserId), eq(schema.stackOffers.withdrawn, 0)))
      .orderBy(asc(schema.stackOffers.offerStackId), asc(schema.stackOffers.position), asc(schema.stackOffers.id)),
    plans: build
      .select()
      .from(schema.plans)
      .where(and(eq(schema.plans.ownerUserId, ownerUserId), eq(schema.plans.withdrawn, 0)))
      .orderBy(asc(schema.plans.position), asc(schema.plans.slug)),
    /** The products whose files their holders download. */
    delivered: build
      .select({ updatedAt: schema.accessProducts.updatedAt })
      .from(schema.accessProducts)
      .where(and(eq(schema.accessProducts.ownerUserId, ownerUserId), eq(schema.accessProducts.deliveryEnabled, 1))),
    decisionTotals: build
      .select()
      .from(schema.postPurchaseDecisionTotals)
      .where(eq(schema.postPurchaseDecisionTotals.ownerUserId, ownerUserId))
      .orderBy(
        asc(schema.postPurchaseDecisionTotals.offerStackId),
        asc(schema.postPurchaseDecisionTotals.presentedOfferId),
        asc(schema.postPurchaseDecisionTotals.decisionKind),
      ),
  };
}

/** What `/affiliates/source-data` is computed from. No click is read, only their counts. */
export function affiliatesQueries({ build }: Database, ownerUserId: string) {
  return {
    ...sharedQueries(build, ownerUserId),
    /** The mode that the data asks for the first stack on sale, which is the published one. */
    offerMode: build
      .select({ stripeMode: schema.stackOffers.stripeMode })
      .from(schema.offerStacks)
      .crossJoin(schema.stackOffers)
      .innerJoin(
        schema.commercePrices,
        and(
          eq(schema.commercePrices.ownerUserId, ownerUserId),
          eq(schema.commercePrices.id, schema.stackOffers.priceId),
        ),
      )
      .innerJoin(
        schema.commerceProducts,
        and(
          eq(schema.commerceProducts.ownerUserId, ownerUserId),
          eq(schema.commerceProducts.id, schema.stackOffers.productId),
        ),
      )
      .where(
        and(
          eq(schema.offerStacks.ownerUserId, ownerUserId),
          eq(schema.stackOffers.ownerUserId, ownerUserId),
          eq(schema.stackOffers.offerStackId, schema.offerStacks.id),
          eq(schema.stackOffers.role, "primary"),
          eq(schema.stackOffers.withdrawn, 0),
        ),
      )
      .orderBy(
        desc(sql`${schema.commercePrices.active} = 1 AND ${schema.commerceProducts.status} <> 'draft'`),
        asc(schema.offerStacks.position),
        asc(schema.offerStacks.id),
      )
      .limit(1),
    programs: build
      .select()
      .from(schema.affiliatePrograms)
      .where(eq(schema.affiliatePrograms.ownerUserId, ownerUserId))
      .orderBy(asc(schema.affiliatePrograms.id)),
    partners: build
      .select()
      .from(schema.affiliatePartners)
      .where(eq(schema.affiliatePartners.ownerUserId, ownerUserId))
      .orderBy(asc(schema.affiliatePartners.id)),
    attributionRules: build
      .select()
      .from(schema.attributionRules)
      .where(eq(schema.attributionRules.ownerUserId, ownerUserId))
      .orderBy(asc(schema.attributionRules.priority), asc(schema.attributionRules.id)),
    links: build
      .select()
      .from(schema.referralLinks)
      .where(eq(schema.referralLinks.ownerUserId, ownerUserId))
      .orderBy(asc(schema.referralLinks.id)),
    commissionRules: build
      .select()
      .from(schema.commissionRules)
      .where(eq(schema.commissionRules.ownerUserId, ownerUserId))
      .orderBy(asc(schema.commissionRules.id)),
    clickTotals: build
      .select()
      .from(schema.referralClickTotals)
      .where(eq(schema.referralClickTotals.ownerUserId, ownerUserId))
      .orderBy(asc(schema.referralClickTotals.referralLinkId)),
  };
}

function sharedQueries(build: Database["build"], ownerUserId: string) {
  return {
    business: build.select().from(schema.businesses).where(eq(schema.businesses.ownerUserId, ownerUserId)).limit(1),
    prose: build.select().from(schema.publishedProse).where(eq(schema.publishedProse.ownerUserId, ownerUserId)),
    attributionTotals: build
      .select()
      .from(schema.referralAttributionTotals)
      .where(eq(schema.referralAttributionTotals.ownerUserId, ownerUserId))
      .orderBy(
        asc(schema.referralAttributionTotals.referralLinkId),
        asc(schema.referralAttributionTotals.attributionStatus),
      ),
    ledgerTotals: build
      .select()
      .from(schema.commissionLedgerTotals)
      .where(eq(schema.commissionLedgerTotals.ownerUserId, ownerUserId))
      .orderBy(
        asc(schema.commissionLedgerTotals.referralLinkId),
        asc(schema.commissionLedgerTotals.ledgerStatus),
        asc(schema.commissionLedgerTotals.reviewStatus),
        asc(schema.commissionLedgerTotals.payoutStatus),
      ),
    reviewTotals: build
      .select()
      .from(schema.commissionReviewTotals)
      .where(eq(schema.commissionReviewTotals.ownerUserId, ownerUserId))
      .orderBy(asc(schema.commissionReviewTotals.referralLinkId), asc(schema.commissionReviewTotals.actionKind)),
  };
}

export type CommerceRows = Rows<ReturnType<typeof commerceQueries>>;
export type AffiliatesRows = Rows<ReturnType<typeof affiliatesQueries>>;
