import { describe, expect, test } from "vitest";
import { parseBusiness } from "../../src/dev/seeds/business.ts";
import { bundledFiles } from "../support/bundled-seeds.ts";
import { faultsAfter, faultsOf, type Json, set } from "../support/spoiled-seeds.ts";

interface Price {
  id: string;
  currency: string;
  unitAmountCents: number;
  nickname: string;
}
const PRICES = "prices.json";
const OFFERS = "offers.json";
const PASS = 0;
const BUMP = 1;
const EXPERIMENT = 5;
const SETUP = 7;

/** What is said of the seeds in another currency, with some amounts set. The other amounts are in order there. */
function faultsWith(currency: string, amounts: Readonly<Record<number, number>>): readonly string[] {
  return faultsAfter("prices.json", (content) => {
    for (const [index, price] of (content.prices as unknown as Price[]).entries()) {
      Object.assign(price, { currency, unitAmountCents: amounts[index] ?? 20_000 });
    }
  });
}

const ofPrice = (index: number, words: string) => `${PRICES}: prices[${index}].unitAmountCents ${words}`;
const tooSmall = (least: number, text: string) =>
  ofPrice(PASS, `must be at least ${least}: Stripe charges no less than ${text}, so raise the price`);
const tooLarge = (most: number, text: string) =>
  ofPrice(PASS, `must be at most ${most}: Stripe charges no more than ${text}, so lower the price`);

// The least amounts as Stripe's documentation writes them ("Minimum charge amount by currency").
const LEAST = `0.50 USD, 2.00 AED, 0.50 ARS, 0.50 AUD, 0.50 BRL, 0.50 CAD, 0.50 CHF, 0.50 COP, 15.00 CZK, 2.50 DKK,
  0.50 EUR, 0.30 GBP, 4.00 HKD, 175.00 HUF, 0.50 IDR, 0.50 ILS, 0.50 INR, 50 JPY, 50 KRW, 10.00 MXN, 2.00 MYR, 3.00 NOK,
  0.50 NZD, 0.50 PHP, 2.00 PLN, 2.00 RON, 0.50 RUB, 3.00 SEK, 0.50 SGD, 10.00 THB, 0.50 ZAR`.split(/,\s+/);

describe("the least that Stripe charges", () => {
  test.each(LEAST)("%s", (text) => {
    const [amount = "", code = ""] = text.split(" ");
    const least = Number(amount.replace(".", ""));
    const at = (cents: number) => faultsWith(code.toLowerCase(), { [PASS]: cents });
    expect(at(least - 1)).toEqual([tooSmall(least, text)]);
    expect(at(least)).toEqual([]);
    expect(at(least + 1)).toEqual([]);
  });

  test("nothing is no price where Stripe lists no least amount either", () => {
    expect(faultsWith("vnd", { [PASS]: 0 })).toEqual([tooSmall(1, "1 VND")]);
    expect(faultsWith("vnd", { [PASS]: 1 })).toEqual([]);
    expect(faultsWith("kwd", { [PASS]: 0 })).toEqual([tooSmall(10, "0.010 KWD")]);
    expect(faultsWith("kwd", { [PASS]: 10 })).toEqual([]);
  });

  test("a plan is charged by itself each month; what is only added to another price may be small, or nothing", () => {
    const words = "must be at least 50: Stripe charges no less than 0.50 USD, so raise the price";
    for (const cents of [0, 49]) {
      expect(faultsWith("usd", { [EXPERIMENT]: cents })).toEqual([ofPrice(EXPERIMENT, words)]);
      expect(faultsWith("usd", { [BUMP]: cents, [SETUP]: cents })).toEqual([]);
    }
    expect(faultsWith("usd", { [EXPERIMENT]: 50 })).toEqual([]);
  });

  test("an addition that is also sold alone is not", () => {
    const prices = structuredClone(bundledFiles[PRICES]) as Json;
    set(`prices.${BUMP}.unitAmountCents`, 49)(prices);
    const offers = structuredClone(bundledFiles[OFFERS]) as Json;
    set("stacks.0.offers.2.productId", "product-launch-checklist-bump")(offers);
    set("stacks.0.offers.2.priceId", "price-launch-checklist-bump-usd")(offers);
    const words = "must be at least 50: Stripe charges no less than 0.50 USD, so raise the price";
    expect(faultsOf(() => parseBusiness({ ...bundledFiles, [PRICES]: prices, [OFFERS]: offers }))).toEqual([
      ofPrice(BUMP, words),
    ]);
  });
});

describe("the most that Stripe charges, whatever the way to pay", () => {
  test.each([
    ["usd", 99_999_999, "999999.99 USD"],
    ["jpy", 99_999_999, "99999999 JPY"],
    ["inr", 999_999_999, "9999999.99 INR"],
    ["cop", 9_999_999_999, "99999999.99 COP"],
    ["idr", 999_999_999_999, "9999999999.99 IDR"],
  ])("%s: %i", (currency, most, text) => {
    const at = (cents: number) => faultsWith(currency, { [PASS]: cents, [BUMP]: 0 });
    expect(at(most - 1)).toEqual([]);
    expect(at(most)).toEqual([]);
    expect(at(most + 1)).toContain(tooLarge(most, text));
  });

  test("holds for an offer with every order bump, and for a plan with its setup", () => {
    const rule = (sum: number) => `and comes to ${sum}: Stripe charges no more than 999999.99 USD, so lower a price`;
    const offer = (bump: number) => faultsWith("usd", { [PASS]: 90_000_000, [BUMP]: bump });
    expect(offer(9_999_998)).toEqual([]);
    expect(offer(9_999_999)).toEqual([]);
    expect(offer(10_000_000)).toEqual([
      `${OFFERS}: stacks[0].offers must come to at most 99999999 with every order bump, ${rule(100_000_000)}`,
    ]);
    const plan = (setup: number) => faultsWith("usd", { [EXPERIMENT]: 90_000_000, [SETUP]: setup });
    expect(plan(9_999_999)).toEqual([]);
    expect(plan(10_000_000)).toEqual([
      `plans.json: plans[0].setupPriceId must come to at most 99999999 with the plan's first payment, ${rule(100_000_000)}`,
    ]);
  });
});

describe("currencies", () => {
  test.each(["bhd", "jod", "kwd", "omr", "tnd"])("%s has three decimals, and the last one is 0", (currency) => {
    const words = `must end in 0: Stripe takes ${currency.toUpperCase()} in steps of 10, so use 1230 or 1240`;
    for (const cents of [1_231, 1_234, 1_239])
      expect(faultsWith(currency, { [PASS]: cents })).toEqual([ofPrice(PASS, words)]);
    expect(faultsWith(currency, { [BUMP]: 1_235 })).toEqual([ofPrice(BUMP, words)]);
    for (const cents of [1_230, 1_240]) expect(faultsWith(currency, { [PASS]: cents })).toEqual([]);
  });

  test("a code in capitals is told by the one to write", () => {
    const words = "prices[0].currency must be in lower case: write usd";
    expect(faultsAfter("prices.json", set("prices.0.currency", "USD"))).toEqual([`${PRICES}: ${words}`]);
  });

  test.each(["yen", "xxx", "btc", "us", "bgn", "constructor", "clf", ""])("%s is none", (currency) => {
    expect(faultsAfter("prices.json", set("prices.0.currency", currency))).toEqual([
      `${PRICES}: prices[0].currency must be the code of a currency that Stripe charges, in lower case, as usd or jpy: ${currency} is none`,
    ]);
  });

  test.each(["isk", "ugx", "mga"])("%s is counted otherwise by Stripe", (currency) => {
    expect(faultsAfter("prices.json", set("prices.0.currency", currency))).toEqual([
      `${PRICES}: prices[0].currency must be a currency that Stripe counts as ISO 4217 does: Stripe counts ${currency} otherwise, so use another one`,
    ]);
  });

  test("the forint and the Taiwan dollar are paid out in whole units, and charged in hundredths", () => {
    for (const currency of ["huf", "twd"]) expect(faultsWith(currency, { [PASS]: 20_001 })).toEqual([]);
  });
});

describe("texts that go to Stripe", () => {
  test.each([
    ["offers.json", "stacks.0.offers.0.name", "stacks[0].offers[0].name"],
    ["offers.json", "stacks.0.offers.1.name", "stacks[0].offers[1].name"],
    ["plans.json", "plans.1.name", "plans[1].name"],
    ["prices.json", `prices.${SETUP}.nickname`, `prices[${SETUP}].nickname`],
  ])("%s: %s is the name of a product", (file, path, field) => {
    const at = (length: number) => faultsAfter(file, set(path, "n".repeat(length)));
    expect(at(249)).toEqual([]);
    expect(at(250)).toEqual([]);
    expect(at(251)).toEqual([
      `${file}: ${field} must be at most 250 characters, Stripe's limit for a name, and has 251: shorten it`,
    ]);
  });

  test("an id is one that calls take", () => {
    const at = (length: number) => faultsAfter("products.json", set("products.0.slug", "i".repeat(length)));
    expect([at(199), at(200)]).toEqual([[], []]);
    expect(at(201)).toEqual([
      "products.json: products[0].slug must be an id of letters, digits and hyphens, at most 200 characters",
    ]);
  });

  /** What is said of the offers with bumps whose price ids have these lengths. */
  function faultsWithBumps(lengths: readonly number[]): readonly string[] {
    const prices = structuredClone(bundledFiles[PRICES]) as { prices: Price[] };
    const offers = structuredClone(bundledFiles[OFFERS]) as { stacks: { offers: Record<string, unknown>[] }[] };
    const [bump, price] = [offers.stacks[0]?.offers[1], prices.prices[BUMP]];
    if (!bump || !price) throw new Error("the seeds have no bump");
    for (const [index, length] of lengths.entries()) {
      const id = `price-${index}-`.padEnd(length, "x");
      prices.prices.push({ ...price, id });
      const names = { id: `offer-bump-${index}`, publicOfferId: `offer-bump-${index}`, priceId: id };
      offers.stacks[0]?.offers.push({ ...bump, ...names });
    }
    offers.stacks[0]?.offers.splice(1, 1);
    const faults = faultsOf(() => parseBusiness({ ...bundledFiles, [PRICES]: prices, [OFFERS]: offers }));
    // Other files name the bump that was taken out.
    return faults.filter((fault) => fault.startsWith(OFFERS));
  }

  test("the price ids of the order bumps that one checkout can have fit in a value of metadata", () => {
    const words = (characters: number) =>
      `${OFFERS}: stacks[0].offers must have order bumps whose price ids, joined by commas, fit in 500 characters of Stripe's metadata, and they have ${characters}: shorten the ids of these prices, or take a bump out`;
    // Nine commas stand between ten ids.
    expect(faultsWithBumps([...Array(9).fill(49), 49])).toEqual([]);
    expect(faultsWithBumps([...Array(9).fill(49), 50])).toEqual([]);
    expect(faultsWithBumps([...Array(9).fill(49), 51])).toEqual([words(501)]);
    expect(faultsWithBumps(Array(10).fill(68))).toEqual([words(689)]);
    // A checkout has ten of them at most.
    expect(faultsWithBumps([...Array(10).fill(49), 48])).toEqual([]);
    expect(faultsWithBumps([200, 199])).toEqual([]);
  });
});
