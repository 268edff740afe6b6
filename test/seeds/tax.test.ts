import { expect, test } from "vitest";
import { parseBusiness, type SeedFiles } from "../../src/dev/seeds/business.ts";
import { SeedError } from "../../src/dev/seeds/faults.ts";
import { bundledFiles } from "../support/bundled-seeds.ts";
import { taxedFiles } from "../support/taxed-seeds.ts";

function faultsIn(files: SeedFiles): readonly string[] {
  try {
    parseBusiness(files);
    return [];
  } catch (error) {
    if (error instanceof SeedError) return error.lines;
    throw error;
  }
}

const BUMP = "price-launch-checklist-bump-usd";
const SETUP = "price-bumpgrade-white-glove-setup-usd";
const NOT_SOLD = "price-launch-membership-monthly-usd";

test("a business whose tax Stripe adds or includes is in order", () => {
  expect(faultsIn(taxedFiles("exclusive"))).toEqual([]);
  expect(faultsIn(taxedFiles("inclusive"))).toEqual([]);
});

test("with tax calculated, each sold price says how it stands to it; a price that no checkout can hold may say nothing", () => {
  expect(faultsIn(taxedFiles("exclusive", { [BUMP]: null, [NOT_SOLD]: null }))).toEqual([
    'prices.json: prices[1].taxBehavior must be exclusive (tax is added) or inclusive (tax is in the price) on a price that is sold, or set tax to "none" in business.json',
  ]);
});

test("the prices of one checkout share one behaviour: an offer with its bumps, a plan with its setup", () => {
  expect(faultsIn(taxedFiles("exclusive", { [BUMP]: "inclusive" }))).toEqual([
    `offers.json: stacks[0].offers must be prices of one taxBehavior, since one sentence confirms them together: price-bumpgrade-sandbox-launch-pass-usd, ${BUMP}`,
  ]);
  expect(faultsIn(taxedFiles("exclusive", { [SETUP]: "inclusive" }))).toEqual(
    [0, 1].map((index) =>
      expect.stringContaining(`plans.json: plans[${index}].setupPriceId must be prices of one taxBehavior`),
    ),
  );
});

test("without tax calculated, a price that says something of tax is refused, and so is a code that is none", () => {
  const prices = "prices.json";
  const { [prices]: taxed } = taxedFiles("inclusive", {}, "txcd_10000000");
  const faults = faultsIn({ ...bundledFiles, [prices]: taxed });
  expect(faults).toHaveLength(16);
  expect(faults[0]).toBe(`${prices}: prices[0].taxBehavior must be left out, or set tax to "stripe" in business.json`);
  expect(faultsIn(taxedFiles("inclusive", {}, "software"))).toContain(
    `${prices}: prices[0].taxCode must be a tax code of Stripe's: txcd_ and eight digits`,
  );
  const business = "business.json";
  expect(faultsIn({ ...bundledFiles, [business]: { ...(bundledFiles[business] as object), tax: "vat" } })).toEqual([
    `${business}: tax must be one of none, stripe`,
  ]);
});
