import { expect, test } from "vitest";
import { BUSINESS_PARTS } from "../../src/db/schema/vocabulary.ts";
import { affiliatesQueries } from "../../src/db/source-data.ts";
import { affiliatesDocument } from "../../src/source-data/affiliates-document.ts";
import { databaseWithStory } from "../seeds/seeded-database.ts";

test("the affiliates document tells who takes part, by which rules, and counts, and shows no click", async () => {
  const { db, business } = await databaseWithStory();
  const document = affiliatesDocument(await db.read(affiliatesQueries(db, business.files.business.ownerUserId)), {
    maxMode: "sandbox",
    parts: new Set(BUSINESS_PARTS),
  });

  expect(Object.keys(document)).toEqual([
    "id",
    "updatedAt",
    "status",
    "routes",
    "stableIds",
    "clickWrites",
    "checkoutAttribution",
    "commissionLedgerWrites",
    "commissionReviewActions",
    "writeBoundary",
    "programs",
    "caveat",
    "clickSummary",
    "checkoutAttributionSummary",
    "commissionLedgerSummary",
    "partnerReviewActionSummary",
  ]);
  expect(document.programs).toHaveLength(1);
  expect(Object.keys(document.programs[0] ?? {})).toEqual([
    "id",
    "slug",
    "status",
    "partners",
    "links",
    "attributionRules",
    "commissionRules",
  ]);
  expect(document.programs[0]?.links.map((link) => [link.code, link.sandboxAttribution])).toEqual([
    ["LAUNCHCIRCLE", true],
    ["TEMPLATESTUDIO", false],
  ]);
  expect(document.clickSummary.aggregateCounts).toEqual([
    {
      referral_link_id: "ref-link-launch-circle-waitlist",
      referral_code: "LAUNCHCIRCLE",
      partner_id: "affiliate-partner-launch-circle",
      destination_route: "/funnels/indie-launch-sandbox",
      total_clicks: 3,
      last_click_at: 1779174310,
    },
  ]);
  expect(document.commissionLedgerSummary.aggregateCounts[0]).toMatchObject({
    total_ledgers: 2,
    total_commission_cents: 920,
  });
  expect(document.partnerReviewActionSummary.aggregateCounts).toEqual([]);
  expect(JSON.stringify(document)).not.toContain("referral-click-0000");
});
