import { describe, expect, test } from "vitest";
import referenceStory from "../../seeds/reference/stories/reference.json" with { type: "json" };
import { parseBusiness } from "../../src/dev/seeds/business.ts";
import { parseDevAccounts, parseStory } from "../../src/dev/seeds/story/shape.ts";
import { bundledBusiness, bundledFiles, bundledReferenceStory } from "../support/bundled-seeds.ts";
import { faultsAfter, faultsOf, type Json, set } from "../support/spoiled-seeds.ts";

test("the seeds of the repository are in order", () => {
  expect(faultsOf(bundledBusiness)).toEqual([]);
});

describe("a fault names the file and the field", () => {
  test.each([
    ["prices.json", "prices.2.unitAmountCents", "900", "prices[2].unitAmountCents must be a whole number"],
    [
      "prices.json",
      "prices.2.unitAmountCents",
      9.5,
      "prices[2].unitAmountCents must be a whole number of the smallest unit of its currency, and is 9.5: 9.50 in usd is 950, 480 in jpy is 480",
    ],
    ["prices.json", "prices.2.unitAmountCents", -1, "prices[2].unitAmountCents must be at least 0"],
    ["prices.json", "prices.2.unitAmountCents", undefined, "prices[2].unitAmountCents is missing"],
    ["prices.json", "prices.0.active", 1, "prices[0].active must be true or false"],
    [
      "prices.json",
      "prices.0.currency",
      "isk",
      "prices[0].currency must be a currency that Stripe counts as ISO 4217 does: Stripe counts isk otherwise, so use another one",
    ],
    [
      "prices.json",
      "prices.0.confirmationName",
      "launch\u00a0pass",
      "prices[0].confirmationName must be plain ASCII text, and holds U+00A0 after 6 characters: write another one",
    ],
    [
      "prices.json",
      "prices.0.billingInterval",
      "week",
      "prices[0].billingInterval must be one of one_time, month, year",
    ],
    ["prices.json", "prices.0.curency", "usd", "prices[0].curency is not a known field, did you mean currency?"],
    [
      "prices.json",
      "prices.0.stripePriceId",
      "prod_12345678",
      "prices[0].stripePriceId must be the id of a price at Stripe: price_ and letters and digits",
    ],
    ["prices.json", "prices", {}, "prices must be a list"],
    [
      "products.json",
      "products.1.kind",
      "toy",
      "products[1].kind must be one of digital_offer, digital_download, membership_subscription, implementation_service, course, membership, coaching_service, event_webinar, bundle",
    ],
    ["products.json", "products.1.name", "", "products[1].name must not be empty"],
    ["business.json", "ownerEmail", "nobody", "ownerEmail must be an e-mail address"],
    [
      "business.json",
      "contactPath",
      "//elsewhere.example/",
      "contactPath must be a path, a mailto: link or an https: link",
    ],
    [
      "business.json",
      "contactPath",
      "javascript:alert(1)",
      "contactPath must be a path, a mailto: link or an https: link",
    ],
    [
      "offers.json",
      "stacks.0.offers.0.stripeMode",
      "test",
      "stacks[0].offers[0].stripeMode must be one of sandbox, live",
    ],
    [
      "offers.json",
      "stacks.0.offers.0.stripeMode",
      "live",
      "stacks[0].offers must have one stripeMode: one payment holds them, so set all to sandbox or all to live",
    ],
    [
      "plans.json",
      "plans.1.stripeMode",
      "sandbox",
      "plans[1].stripeMode must be the same on every plan: a person moves from one to another, so set all to sandbox or all to live",
    ],
    ["plans.json", "plans.0.stripeMode", null, "plans[0].stripeMode must be set on a self-serve plan"],
    [
      "plans.json",
      "plans.2.stripeMode",
      "live",
      "plans[2].stripeMode must be null on a contact plan: take it out, or set status to self_serve",
    ],
    ["offers.json", "stacks.0.decisionWindowMinutes", 0, "stacks[0].decisionWindowMinutes must be at least 1"],
    [
      "affiliates.json",
      "programs.0.commissionRules.0.rateBps",
      10_001,
      "programs[0].commissionRules[0].rateBps must be at most 10000",
    ],
    [
      "affiliates.json",
      "programs.0.links.0.code",
      "lower",
      "programs[0].links[0].code must be a code of capital letters and digits",
    ],
    ["prose/decisions.json", "0.title", undefined, "[0].title is missing"],
    ["prose/source-references.json", "0.url", "nowhere", "[0].url must be a URL"],
    ["prose/self-serve-pricing.json", "updatedAt", "May 2026", "updatedAt must be a date as YYYY-MM-DD"],
  ])("%s: %s", (file, path, value, message) => {
    expect(faultsAfter(file, set(path, value))).toEqual([`${file}: ${message}`]);
  });

  test("and all faults of all files are told together", () => {
    const prices = structuredClone(bundledFiles["prices.json"]) as Json;
    set("prices.0.active", "yes")(prices);
    set("prices.1.active", "yes")(prices);
    const files = { ...bundledFiles, "prices.json": prices, "plans.json": [] };
    expect(faultsOf(() => parseBusiness(files))).toHaveLength(3);
  });
});

describe("a reference to what is not there names the file and the field", () => {
  test.each([
    [
      "prices.json",
      "prices.0.productId",
      "no-product",
      "prices[0].productId must be the id of a product: no-product is unknown",
    ],
    [
      "prices.json",
      "prices.1.id",
      "price-bumpgrade-sandbox-launch-pass-usd",
      "prices[1].id must be unique: price-bumpgrade-sandbox-launch-pass-usd stands there before",
    ],
    [
      "offers.json",
      "stacks.0.offers.0.priceId",
      "no-price",
      "stacks[0].offers[0].priceId must be the id of a price: no-price is unknown",
    ],
    [
      "offers.json",
      "stacks.0.offers.0.priceId",
      "price-launch-checklist-bump-usd",
      "stacks[0].offers[0].priceId must be a price of product-bumpgrade-sandbox-launch-pass",
    ],
    [
      "offers.json",
      "stacks.0.offers.1.publicOfferId",
      "sandbox-launch-pass",
      "stacks[0].offers[1].publicOfferId must be unique: sandbox-launch-pass stands there before",
    ],
    ["offers.json", "stacks.0.offers.1.role", "primary", "stacks[0].offers must hold one primary offer, since"],
    ["offers.json", "stacks.0.offers.3.role", "upsell", "stacks[0].offers must hold at most one upsell"],
    ["plans.json", "plans.0.priceId", "no-price", "plans[0].priceId must be the id of a price: no-price is unknown"],
    ["plans.json", "plans.0.priceId", null, "plans[0].priceId must be set on a self-serve plan"],
    [
      "plans.json",
      "plans.0.setupPriceId",
      "price-bumpgrade-grow-monthly-usd",
      "plans[0].setupPriceId must be a price that is paid once",
    ],
    ["plans.json", "plans.2.productId", "product-bumpgrade-grow", "plans[2].productId must be null on a contact plan"],
    [
      "plans.json",
      "plans.2.moneyBack",
      { onRefundInFull: "keep", onDisputeOpen: "keep", onDisputeLost: "keep" },
      "plans[2].moneyBack must be left out on a contact plan",
    ],
    ["plans.json", "plans.2.pastDue", { keeps: 7 }, "plans[2].pastDue must be left out on a contact plan"],
    [
      "access-catalog.json",
      "grantMaps.0.priceId",
      "no-price",
      "grantMaps[0].priceId must be the id of a price: no-price is unknown",
    ],
    [
      "access-catalog.json",
      "grantMaps.0.sourceCommerceProductId",
      "product-launch-checklist-bump",
      "grantMaps[0].sourceCommerceProductId must be the product of price-bumpgrade-sandbox-launch-pass-usd",
    ],
    [
      "access-catalog.json",
      "grantMaps.1.accessRuleId",
      "access-rule-course-after-paid-webhook",
      "grantMaps[1].accessRuleId must be a rule of entitlement-template-launch-download",
    ],
    [
      "access-catalog.json",
      "products.0.accessRuleIds.0",
      "no-rule",
      "products[0].accessRuleIds[0] must be the id of an access rule: no-rule is unknown",
    ],
    [
      "protected-content.json",
      "sections.0.assetId",
      "asset-launch-checklist-pdf",
      "sections[0].assetId must be the id of one of its assets: asset-launch-checklist-pdf is unknown",
    ],
    [
      "revocation.json",
      "revocationIntents.0.productId",
      "no-product",
      "revocationIntents[0].productId must be the id of an access product: no-product is unknown",
    ],
    [
      "affiliates.json",
      "programs.0.links.0.partnerId",
      "nobody",
      "programs[0].links[0].partnerId must be the id of a partner of the program: nobody is unknown",
    ],
    [
      "affiliates.json",
      "programs.0.links.0.offerIds.1",
      "nothing",
      "programs[0].links[0].offerIds[1] must be the id of a stack's offer: nothing is unknown",
    ],
    [
      "affiliates.json",
      "programs.0.commissionRules.0.priceId",
      null,
      "programs[0].commissionRules[0].priceId must be set on a price_rate rule",
    ],
    ["prose/tables.json", "0.table", "no_table", "[0].table must be the id of a published table: no_table is unknown"],
    ["prose/secret-names.json", "STRIPE_KEY", {}, "STRIPE_KEY is not a known secret"],
  ])("%s: %s = %s", (file, path, value, message) => {
    expect(faultsAfter(file, set(path, value))).toContainEqual(expect.stringContaining(`${file}: ${message}`));
  });

  test("a file that is missing, and one that is not ours", () => {
    const { "prices.json": _, ...rest } = bundledFiles;
    expect(faultsOf(() => parseBusiness({ ...rest, "prise.json": {} }))).toEqual([
      "prices.json: is missing",
      "prise.json: is not a file of a business, did you mean prices.json?",
    ]);
  });
});

describe("a story is checked against the business", () => {
  test.each([
    ["clicks.0.linkId", "no-link", "clicks[0].linkId must be the id of a link: no-link is unknown"],
    [
      "checkouts.0.clickId",
      "no-click",
      "checkouts[0].clickId must be the id of a click of the story: no-click is unknown",
    ],
    [
      "checkouts.0.offerId",
      "offer-bump-launch-checklist",
      "checkouts[0].offerId must be the id of a primary offer: offer-bump-launch-checklist is unknown",
    ],
    ["checkouts.0.paidAt", "2026-05-19T05:00:00.000Z", "checkouts[0].paidAt must not be before its opening"],
    ["checkouts.0.paidAt", "yesterday", "checkouts[0].paidAt must be a UTC time with milliseconds"],
  ])("%s", (path, value, message) => {
    const story = structuredClone(referenceStory) as unknown as Json;
    set(path, value)(story);
    const file = "stories/reference.json";
    expect(faultsOf(() => parseStory(file, story, bundledBusiness()))).toContain(`${file}: ${message}`);
  });

  test("and so are the accounts of development", () => {
    const accounts = { accounts: [{ id: "user-1", name: "One", email: "one@example.test", password: "short" }] };
    expect(faultsOf(() => parseDevAccounts("accounts.json", accounts))).toHaveLength(1);
    expect(faultsOf(() => bundledReferenceStory(bundledBusiness()))).toEqual([]);
  });
});

test("a price at Stripe is sold under one price of the catalog", () => {
  const twice = (content: Json) => {
    for (const index of [0, 3]) set(`prices.${index}.stripePriceId`, "price_1AbCdEfGh")(content);
  };
  expect(faultsAfter("prices.json", set("prices.0.stripePriceId", "price_1AbCdEfGh"))).toEqual([]);
  expect(faultsAfter("prices.json", twice)).toEqual([
    "prices.json: prices[3].stripePriceId must be unique: price_1AbCdEfGh stands there before, so give this one another",
  ]);
});

describe("a name in another script is shown as it is, and sentences have one of their own", () => {
  const asks = (field: string, name: string) =>
    `confirmationName must be set, in plain ASCII: the ${field} "${name}" has other characters, and a confirmation text is compared character by character`;

  test("of the business", () => {
    const { confirmationName: _, ...written } = bundledFiles["business.json"] as Json;
    const named = (more: object) => ({ ...bundledFiles, "business.json": { ...written, ...more } });
    const name = "\u6771\u4eac\u30d9\u30fc\u30ab\u30ea\u30fc";
    expect(faultsOf(() => parseBusiness(named({ name })))).toEqual([`business.json: ${asks("name", name)}`]);
    expect(parseBusiness(named({ name, confirmationName: "Tokyo Bakery" })).files.business).toMatchObject({
      name,
      confirmationName: "Tokyo Bakery",
    });
  });

  test("of a price", () => {
    const renamed = (content: Json) => {
      set("prices.0.nickname", "Bäckerei")(content);
      set("prices.0.confirmationName", undefined)(content);
    };
    expect(faultsAfter("prices.json", renamed)).toEqual([`prices.json: prices[0].${asks("nickname", "Bäckerei")}`]);
  });
});

test("a business sells something", () => {
  const { "offers.json": _, "plans.json": __, "affiliates.json": ___, ...rest } = bundledFiles;
  expect(faultsOf(() => parseBusiness(rest))).toEqual([
    "offers.json: stacks must hold a stack with an offer, or plans.json a plan: there is nothing to sell",
  ]);
});

test.each([
  ["locale", "xx-invalid-locale-", "locale must be a locale of BCP 47, such as en, de-DE or ja-JP"],
  ["timeZone", "Tokyo", "timeZone must be a time zone of the IANA database, such as UTC, Europe/Berlin or Asia/Tokyo"],
])("the %s of a business is known", (field, value, message) => {
  expect(faultsAfter("business.json", set(field, value))).toEqual([`business.json: ${message}`]);
});
