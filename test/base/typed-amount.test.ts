import { expect, test } from "vitest";
import { typedAmounts } from "../../src/base/typed-amount.ts";

const CURRENCIES = ["eur", "jpy", "kwd", "usd"];

test.each([
  ["28", "eur 2800, jpy 28, kwd 28000, usd 2800"],
  ["28.00", "eur 2800, kwd 28000, usd 2800"],
  ["28,00", "eur 2800, kwd 28000, usd 2800"],
  ["28.5", "eur 2850, kwd 28500, usd 2850"],
  ["$28.00", "usd 2800"],
  ["28.00 usd", "usd 2800"],
  ["¥1,200", "jpy 1200"],
  ["\uffe51,200", "jpy 1200"],
  ["1.200,50 €", "eur 120050"],
  ["1’200.50", "eur 120050, kwd 1200500, usd 120050"],
  ["1\u00a0200,50 EUR", "eur 120050"],
  ["1,00,000", "eur 10000000, jpy 100000, kwd 100000000, usd 10000000"],
  // Twelve and a half, or twelve and a half thousand.
  ["12.500 KWD", "kwd 12500000, kwd 12500"],
  ["28 GBP", ""],
  ["€28€", ""],
  ["usd 28 USD", ""],
  ["28 28", ""],
  ["1.200.50", ""],
  ["1,2,3", ""],
  ["-28", ""],
  ["1e3", ""],
  ["$", ""],
  ["99999999999999999999", ""],
  ["' OR 1=1 --", ""],
])("%s is %s", (typed, amounts) => {
  const read = typedAmounts(typed, CURRENCIES);
  expect(read.map(({ currency, amountCents }) => `${currency} ${amountCents}`).join(", ")).toBe(amounts);
});

test("a long text takes no time", () => {
  const started = Date.now();
  for (const text of ["1,".repeat(5_000), "1 ".repeat(5_000), `${"1".repeat(10_000)}x`]) typedAmounts(text, CURRENCIES);
  expect(Date.now() - started).toBeLessThan(1_000);
});
