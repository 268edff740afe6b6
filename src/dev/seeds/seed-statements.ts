import * as schema from "../../db/schema/index.ts";
import { PROSE_SECTIONS } from "../../source-data/prose.ts";
import type { Business } from "./business-shape.ts";
import { insertMissing, type SeedStatement, upsert } from "./statement.ts";

/** The tables that the files of a business are written to. */
export const SEEDED_TABLES = [
  schema.user,
  schema.businesses,
  schema.publishedProse,
  schema.commerceProducts,
  schema.commercePrices,
  schema.offerStacks,
  schema.stackOffers,
  schema.plans,
  schema.accessRules,
  schema.accessProducts,
  schema.entitlementTemplates,
  schema.templateAccessRules,
  schema.catalogAssets,
  schema.grantMaps,
  schema.accessPolicies,
  schema.affiliatePrograms,
  schema.affiliatePartners,
  schema.attributionRules,
  schema.referralLinks,
  schema.commissionRules,
  schema.productProtectedContentSections,
  schema.productEntitlementRevocationIntents,
] as const;

/** What the columns of a policy hold where nothing is said. */
const DEFAULT_POLICY = {
  onRefundInFull: schema.accessPolicies.onRefundInFull.default,
  onDisputeOpen: schema.accessPolicies.onDisputeOpen.default,
  onDisputeLost: schema.accessPolicies.onDisputeLost.default,
  pastDueKeepsDays: null,
};

/**
 * Statements that bring a database to a business; a row comes after the rows that it refers to. What the files no longer have,
 * `src/dev/catalog/withdraw.ts` takes off sale.
 */
export function seedStatements(business: Business, now: number): readonly SeedStatement[] {
  return [
    ...profileRows(business, now),
    ...catalogRows(business, now),
    ...accessRows(business, now),
    ...policyRows(business, now),
    ...affiliateRows(business, now),
    ...contentRows(business, now),
  ];
}

function profileRows({ files, prose }: Business, now: number): SeedStatement[] {
  const { ownerUserId, ownerName, ownerEmail, severalPlans, ...words } = files.business;
  const time = new Date(now);
  return [
    insertMissing(schema.user, {
      id: ownerUserId,
      name: ownerName,
      email: ownerEmail,
      emailVerified: false,
      createdAt: time,
      updatedAt: time,
    }),
    upsert(schema.businesses, { ownerUserId, ...words, severalPlans: Number(severalPlans) }, now),
    ...PROSE_SECTIONS.map((section) =>
      upsert(schema.publishedProse, { ownerUserId, section, valueJson: JSON.stringify(prose[section]) }, now),
    ),
  ];
}

function catalogRows({ files }: Business, now: number): SeedStatement[] {
  const { ownerUserId } = files.business;
  return [
    ...files.products.products.map((product) => upsert(schema.commerceProducts, { ownerUserId, ...product }, now)),
    ...files.prices.prices.map(({ active, ...price }) =>
      upsert(schema.commercePrices, { ownerUserId, ...price, active: Number(active) }, now),
    ),
    ...files.offers.stacks.map(({ offers: _, ...stack }, index) =>
      upsert(schema.offerStacks, { ownerUserId, position: index + 1, ...stack }, now),
    ),
    ...files.offers.stacks.flatMap((stack) =>
      stack.offers.map((offer, index) =>
        upsert(
          schema.stackOffers,
          { ownerUserId, offerStackId: stack.id, position: index + 1, withdrawn: 0, ...offer },
          now,
        ),
      ),
    ),
    ...files.plans.plans.map(({ included, moneyBack: _, pastDue: __, ...plan }, index) =>
      upsert(
        schema.plans,
        { ownerUserId, position: index + 1, withdrawn: 0, ...plan, includedJson: JSON.stringify(included) },
        now,
      ),
    ),
  ];
}

function accessRows({ files }: Business, now: number): SeedStatement[] {
  const { ownerUserId } = files.business;
  const { catalogId, revision, accessRules, products, grantMaps } = files["access-catalog"];
  return [
    ...accessRules.map((id) => upsert(schema.accessRules, { ownerUserId, id }, now)),
    ...products.flatMap(({ id, kind, entitlementTemplateId, accessRuleIds, assets, delivery }) => [
      upsert(
        schema.accessProducts,
        { ownerUserId, id, kind, catalogId, revision, deliveryEnabled: Number(delivery.enabled) },
        now,
      ),
      upsert(schema.entitlementTemplates, { ownerUserId, id: entitlementTemplateId, productId: id }, now),
      ...accessRuleIds.map((accessRuleId) =>
        upsert(schema.templateAccessRules, { ownerUserId, entitlementTemplateId, accessRuleId }, now),
      ),
      ...assets.map((asset) => upsert(schema.catalogAssets, { ownerUserId, productId: id, ...asset }, now)),
    ]),
    ...grantMaps.map((map) => upsert(schema.grantMaps, { ownerUserId, ...map }, now)),
  ];
}

/** A whole policy for each product that gives access: what the seeds leave out returns to its default. */
function policyRows({ files }: Business, now: number): SeedStatement[] {
  const { ownerUserId } = files.business;
  const said = [
    ...files["access-catalog"].products.map(({ id, moneyBack }) => ({ productId: id, ...moneyBack })),
    ...files.plans.plans.flatMap(({ productId, moneyBack, pastDue }) =>
      productId === null
        ? []
        : [{ productId, ...moneyBack, ...(typeof pastDue === "object" && { pastDueKeepsDays: pastDue.keeps }) }],
    ),
  ];
  return [...Map.groupBy(said, ({ productId }) => productId).values()].map((ofProduct) =>
    upsert(schema.accessPolicies, Object.assign({ ownerUserId, ...DEFAULT_POLICY }, ...ofProduct), now),
  );
}

function affiliateRows({ files }: Business, now: number): SeedStatement[] {
  const { ownerUserId } = files.business;
  return files.affiliates.programs.flatMap(({ partners, attributionRules, links, commissionRules, ...program }) => [
    upsert(schema.affiliatePrograms, { ownerUserId, ...program }, now),
    ...partners.map((partner) =>
      upsert(schema.affiliatePartners, { ownerUserId, programId: program.id, ...partner }, now),
    ),
    ...attributionRules.map((rule) =>
      upsert(schema.attributionRules, { ownerUserId, programId: program.id, ...rule }, now),
    ),
    ...links.map(({ offerIds, sandboxAttribution, liveAttribution, ...link }) =>
      upsert(
        schema.referralLinks,
        {
          ownerUserId,
          ...link,
          offerIdsJson: JSON.stringify(offerIds),
          sandboxAttribution: Number(sandboxAttribution),
          liveAttribution: Number(liveAttribution),
        },
        now,
      ),
    ),
    ...commissionRules.map((rule) =>
      upsert(schema.commissionRules, { ownerUserId, programId: program.id, ...rule }, now),
    ),
  ]);
}

function contentRows({ files }: Business, now: number): SeedStatement[] {
  const { ownerUserId } = files.business;
  return [
    ...files["protected-content"].sections.map(({ deliveryEnabled, ...section }) =>
      upsert(
        schema.productProtectedContentSections,
        { ownerUserId, ...section, deliveryEnabled: Number(deliveryEnabled) },
        now,
      ),
    ),
    ...files.revocation.revocationIntents.map((intent) =>
      upsert(schema.productEntitlementRevocationIntents, { ownerUserId, ...intent }, now),
    ),
  ];
}
