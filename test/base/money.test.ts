import fc from "fast-check";
import { expect, test } from "vitest";
import { commissionCents, currencyDecimals, decimalText, moneyText } from "../../src/base/money.ts";
import { commissionOf } from "../../src/commerce/affiliates/commission.ts";
import * as texts from "../../src/commerce/confirmation-texts.ts";
import { holds } from "../support/random.ts";

test("an amount is written with the decimals of its currency, in plain ASCII", () => {
  expect(decimalText(1_234_567, "kwd")).toBe("1234.567");
  expect(decimalText(4_800, "JPY")).toBe("4800");
  expect(moneyText(900, "usd")).toBe("9.00 USD");
  expect(moneyText(0, "usd")).toBe("0.00 USD");
  expect(moneyText(5, "eur")).toBe("0.05 EUR");
  expect(moneyText(100_000, "usd")).toBe("1000.00 USD");
  expect(moneyText(900, "jpy")).toBe("900 JPY");
  expect(moneyText(0, "krw")).toBe("0 KRW");
  expect(moneyText(1_234, "kwd")).toBe("1.234 KWD");
  expect(moneyText(7, "bhd")).toBe("0.007 BHD");
  expect(moneyText(12_345, "clf")).toBe("1.2345 CLF");
  expect(moneyText(Number.MAX_SAFE_INTEGER, "usd")).toBe("90071992547409.91 USD");
});

test("what is no amount of money is refused", () => {
  for (const amount of [-1, -0, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    expect(() => moneyText(amount, "usd")).toThrow(RangeError);
    expect(() => commissionCents(amount, 1_000)).toThrow(RangeError);
  }
  for (const currency of ["", "us", "usdx", "u$d", "úsd"]) expect(() => moneyText(1, currency)).toThrow(RangeError);
  for (const rate of [-1, 10_001, 0.5, Number.NaN]) expect(() => commissionCents(100, rate)).toThrow(RangeError);
});

test("decimals follow ISO 4217, and a word of the object is no currency", () => {
  expect([currencyDecimals("USD"), currencyDecimals("jpy"), currencyDecimals("TND")]).toEqual([2, 0, 3]);
  expect(currencyDecimals("constructor")).toBe(2);
});

test("every currency without hundredths has the decimals that ISO 4217 lists", () => {
  const listed = {
    0: "bif clp djf gnf isk jpy kmf krw pyg rwf ugx uyi vnd vuv xaf xof xpf",
    3: "bhd iqd jod kwd lyd omr tnd",
    4: "clf uyw",
  };
  for (const [decimals, codes] of Object.entries(listed)) {
    for (const code of codes.split(" ")) expect([code, currencyDecimals(code)]).toEqual([code, Number(decimals)]);
  }
  for (const code of ["eur", "mga", "chf", "zzz"]) expect([code, currencyDecimals(code)]).toEqual([code, 2]);
});

test("a commission is rounded half to even, exactly", () => {
  expect(commissionCents(900, 3_000)).toBe(270);
  expect(commissionCents(1_900, 1_000)).toBe(190);
  // Halves go to the even neighbour, both ways.
  expect([5, 15, 25, 35].map((cents) => commissionCents(cents, 1_000))).toEqual([0, 2, 2, 4]);
  expect([4, 6, 14, 16].map((cents) => commissionCents(cents, 1_000))).toEqual([0, 1, 1, 2]);
  expect(commissionCents(Number.MAX_SAFE_INTEGER, 10_000)).toBe(Number.MAX_SAFE_INTEGER);
  expect(commissionCents(Number.MAX_SAFE_INTEGER, 0)).toBe(0);
});

test("a commission agrees with the definition for random amounts", async () => {
  const amounts = fc.tuple(fc.nat({ max: 2 ** 32 - 1 }), fc.nat({ max: 10_000 }));
  await holds("money", amounts, { runs: 5_000 }, ([amount, rate]) => {
    const got = BigInt(commissionCents(amount, rate));
    const exact = BigInt(amount) * BigInt(rate);
    const off = exact - got * 10_000n;
    expect(off >= -5_000n && off <= 5_000n).toBe(true);
    if (off === 5_000n || off === -5_000n) expect(got % 2n).toBe(0n);
  });
});

test("evidence sums the lines that have a rate, each rounded once", () => {
  const rates = [
    { id: "pass", priceId: "a", rateBps: 3_000, holdDays: 14 },
    { id: "bump", priceId: "b", rateBps: 1_000, holdDays: 21 },
    { id: "holdback", priceId: null, rateBps: 0, holdDays: 30 },
  ];
  const line = (priceId: string, unitAmountCents: number) => ({ priceId, unitAmountCents });
  expect(commissionOf([line("a", 900), line("b", 1_900)], rates)).toEqual({
    commissionCents: 460,
    ruleIds: ["pass", "bump"],
    holdDays: 21,
  });
  expect(commissionOf([line("a", 900)], rates)).toEqual({ commissionCents: 270, ruleIds: ["pass"], holdDays: 14 });
  expect(commissionOf([line("c", 900)], rates)).toBeNull();
});

test("confirmation texts name the business, what is sold, and the sum", () => {
  const business = { confirmationName: "Acme", tax: "none" } as const;
  const price = (confirmationName: string, unitAmountCents: number, currency = "usd") => ({
    confirmationName,
    unitAmountCents,
    currency,
    taxBehavior: null,
  });
  const pass = price("launch pass", 900);
  const list = price("Launch checklist", 1_900);
  const guide = price("Guide", 100);
  const plan = { ...price("Grow plan", 19_700), billingInterval: "month" as const };
  const year = { ...price("Grow plan", 97_000), billingInterval: "year" as const };
  const setup = price("White glove setup", 100_000);
  expect(texts.checkoutText(business, pass)).toBe("Create checkout for Acme launch pass at 9.00 USD");
  expect(texts.checkoutText(business, pass, [list])).toBe(
    "Create checkout for Acme launch pass with Launch checklist at 28.00 USD",
  );
  expect(texts.checkoutText(business, pass, [list, guide, guide])).toBe(
    "Create checkout for Acme launch pass with Launch checklist, Guide and Guide at 30.00 USD",
  );
  expect(texts.planText(business, plan)).toBe("Create checkout for Acme Grow plan at 197.00 USD per month");
  expect(texts.planText(business, plan, setup)).toBe(
    "Create checkout for Acme Grow plan at 197.00 USD per month with White glove setup at 1000.00 USD",
  );
  expect(texts.planText(business, year)).toBe("Create checkout for Acme Grow plan at 970.00 USD per year");
  expect(texts.planText(business, year, setup)).toBe(
    "Create checkout for Acme Grow plan at 970.00 USD per year with White glove setup at 1000.00 USD",
  );
  expect(texts.expirePlanText(business, year, undefined, null)).toBe(
    "Expire open checkout for Acme Grow plan at 970.00 USD per year",
  );
  expect(() => texts.planText(business, { ...plan, billingInterval: "one_time" })).toThrow("charged again");
  expect(texts.expireText(business, pass, [], null)).toBe("Expire open checkout for Acme launch pass at 9.00 USD");
  expect(texts.expirePlanText(business, plan, undefined, null)).toBe(
    "Expire open checkout for Acme Grow plan at 197.00 USD per month",
  );
  expect(() => texts.checkoutText(business, pass, [price("Guide", 1, "eur")])).toThrow("cannot be added");
});

test("where the business has tax calculated, a text says once and last how the amount stands to it", () => {
  const business = { confirmationName: "Acme", tax: "stripe" } as const;
  const price = (confirmationName: string, unitAmountCents: number, taxBehavior: "exclusive" | "inclusive" | null) => ({
    confirmationName,
    unitAmountCents,
    currency: "usd",
    taxBehavior,
  });
  const pass = price("launch pass", 900, "exclusive");
  const list = price("Launch checklist", 1_900, "exclusive");
  const plan = { ...price("Grow plan", 19_700, "inclusive"), billingInterval: "month" as const };
  const year = { ...price("Grow plan", 97_000, "exclusive"), billingInterval: "year" as const };
  const setup = price("White glove setup", 100_000, "inclusive");
  expect(texts.checkoutText(business, pass)).toBe("Create checkout for Acme launch pass at 9.00 USD plus tax");
  expect(texts.checkoutText(business, pass, [list])).toBe(
    "Create checkout for Acme launch pass with Launch checklist at 28.00 USD plus tax",
  );
  expect(texts.expireText(business, pass, [], "exclusive")).toBe(
    "Expire open checkout for Acme launch pass at 9.00 USD plus tax",
  );
  expect(texts.planText(business, plan)).toBe(
    "Create checkout for Acme Grow plan at 197.00 USD per month tax included",
  );
  expect(texts.planText(business, plan, setup)).toBe(
    "Create checkout for Acme Grow plan at 197.00 USD per month with White glove setup at 1000.00 USD tax included",
  );
  expect(texts.planText(business, year, { ...setup, taxBehavior: "exclusive" })).toBe(
    "Create checkout for Acme Grow plan at 970.00 USD per year with White glove setup at 1000.00 USD plus tax",
  );
  expect(texts.expirePlanText(business, plan, undefined, "inclusive")).toBe(
    "Expire open checkout for Acme Grow plan at 197.00 USD per month tax included",
  );
  for (const other of [price("Guide", 100, "inclusive"), price("Guide", 100, null)]) {
    expect(() => texts.checkoutText(business, pass, [other])).toThrow("share one tax behaviour");
  }
  expect(() => texts.checkoutText(business, price("launch pass", 900, null))).toThrow("share one tax behaviour");
});
