import { clickContract } from "../commerce/affiliates/contracts.ts";
import { ROUTES } from "../commerce/routes.ts";
import { soldMode } from "../db/sold-mode.ts";
import type { AffiliatesRows } from "../db/source-data.ts";
import { attributionContractSection, ledgerContractSection, reviewContractSection } from "./affiliate-sections.ts";
import { attributionSummary, clickSummary, ledgerSummary, partnerReviewSummary } from "./aggregates.ts";
import type { Deployed } from "./catalog.ts";
import { type Prose, parseProse } from "./prose.ts";
import { latestDate } from "./published-times.ts";

/** The published document of the affiliate programs: partners, links, rules and counts. */
export function affiliatesDocument(rows: AffiliatesRows, { maxMode, parts }: Deployed) {
  const [business] = rows.business;
  if (!business) throw new Error("the database holds no business");
  const prose = parseProse(rows.prose, parts);
  const offerMode = soldMode(rows.offerMode[0]?.stripeMode ?? "sandbox", { maxMode });
  const { id, status, writeBoundary, caveat } = prose.affiliates;
  return {
    id,
    updatedAt: latestDate(
      rows.business,
      rows.prose,
      rows.programs,
      rows.partners,
      rows.attributionRules,
      rows.links,
      rows.commissionRules,
    ),
    status,
    routes: [
      ROUTES.affiliatesSourceData,
      ROUTES.clicks,
      ROUTES.commissionLedger,
      ROUTES.reviewActions,
      ROUTES.commerceSourceData,
    ],
    stableIds: [rows.programs, rows.partners, rows.attributionRules, rows.links, rows.commissionRules]
      .flat()
      .map((row) => row.id),
    clickWrites: clickContractSection(prose),
    checkoutAttribution: attributionContractSection(prose),
    commissionLedgerWrites: ledgerContractSection(prose, business, offerMode),
    commissionReviewActions: { contract: reviewContractSection(prose, business) },
    writeBoundary,
    programs: rows.programs.map((program) => programEntry(program, rows)),
    caveat,
    clickSummary: clickSummary(rows),
    checkoutAttributionSummary: attributionSummary(rows),
    commissionLedgerSummary: ledgerSummary(rows),
    partnerReviewActionSummary: partnerReviewSummary(rows),
  };
}

function clickContractSection(prose: Prose) {
  return {
    id: clickContract.id,
    status: clickContract.status,
    apiRoute: clickContract.route,
    sourceDataRoutes: [ROUTES.affiliatesSourceData],
    tables: clickContract.tables,
    publicSafeFields: prose.affiliates.clickPublicSafeFields,
    serverPrivateFields: clickContract.serverPrivateFields,
    writeBoundary: prose.affiliates.clickWriteBoundary,
  };
}

function programEntry(program: AffiliatesRows["programs"][number], rows: AffiliatesRows) {
  const partners = rows.partners.filter((partner) => partner.programId === program.id);
  const partnerIds = new Set(partners.map((partner) => partner.id));
  return {
    id: program.id,
    slug: program.slug,
    status: program.status,
    partners: partners.map(({ id, status }) => ({ id, status })),
    links: rows.links
      .filter((link) => partnerIds.has(link.partnerId))
      .map((link) => ({
        id: link.id,
        partnerId: link.partnerId,
        code: link.code,
        status: link.status,
        destinationRoute: link.destinationRoute,
        attributionRuleId: link.attributionRuleId,
        offerIds: JSON.parse(link.offerIdsJson) as readonly string[],
        utmSource: link.utmSource,
        sandboxAttribution: link.sandboxAttribution === 1,
        ...(link.liveAttribution === 1 && { liveAttribution: true }),
      })),
    attributionRules: rows.attributionRules
      .filter((rule) => rule.programId === program.id)
      .map(({ id, ruleKind, windowDays, priority }) => ({ id, ruleKind, windowDays, priority })),
    commissionRules: rows.commissionRules
      .filter((rule) => rule.programId === program.id)
      .map(({ id, ruleKind, priceId, rateBps, holdDays }) => ({ id, ruleKind, priceId, rateBps, holdDays })),
  };
}
