import { expect, test } from "vitest";
import { stripePriceFaults } from "../../src/dev/catalog/stripe-prices.ts";
import { parseBusiness } from "../../src/dev/seeds/business.ts";
import { bundledFiles } from "../support/bundled-seeds.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Json, set } from "../support/spoiled-seeds.ts";

describeInWorld("prices that stand at Stripe, compared before anything is sold", { reset: true }, (world) => {
  const settings = {
    STRIPE_SECRET_KEY_SANDBOX: "sk_test_000000000000000000000000",
    STRIPE_API_BASE_URL: "http://stripe-sandbox.test",
  };
  const ask = (url: string, init: RequestInit) => world.bindings.STRIPE_SANDBOX.fetch(url, init);

  /** What is said of the launch pass, mapped to this price. */
  async function said(stripePriceId: string, of: Readonly<Record<string, string>> = settings) {
    const prices = structuredClone(bundledFiles["prices.json"]) as Json;
    set("prices.0.stripePriceId", stripePriceId)(prices);
    const faults = await stripePriceFaults(parseBusiness({ ...bundledFiles, "prices.json": prices }), of, ask);
    return faults.map(({ file, path, message }) => [file, path.join("."), message]);
  }
  const fault = (message: string) => [["prices.json", "prices.0.stripePriceId", message]];
  const differs = (field: string, there: string, here: string) =>
    fault(
      `differs from the price at Stripe in ${field}: ${there} there, and ${here} here, so change the catalog, or name a price that agrees`,
    );
  const pass = { currency: "usd", unit_amount: 900 };
  const made = async (more: object = {}) => (await world.sandbox.createPrice({ ...pass, ...more })).id;

  test("one that agrees is in order; a difference names both values", async () => {
    expect(await said(await made())).toEqual([]);
    expect(await said(await made({ unit_amount: 901 }))).toEqual(differs("unit_amount", "901", "900"));
    expect(await said(await made({ currency: "eur" }))).toEqual(differs("currency", '"eur"', '"usd"'));
    expect(await said(await made({ active: false }))).toEqual(differs("active", "false", "true"));
    const [[, , recurring]] = (await said(await made({ recurring: { interval: "month" } }))) as [
      [string, string, string],
    ];
    expect(recurring).toMatch(
      /differs from the price at Stripe in recurring: \{.*"interval":"month".*\} there, and "one_time" here/,
    );
  });

  test("what can't be compared is no silence: no key, no such price, a key without the right", async () => {
    const id = await made();
    expect(await said(id, {})).toEqual(
      fault(
        "can't be compared: set STRIPE_SECRET_KEY_SANDBOX in the environment or in .dev.vars, with a key that may read Prices",
      ),
    );
    expect(await said("price_1NoSuchPriceAtAll")).toEqual(
      fault("can't be compared: Stripe has no such price in this mode: name another, or take it out"),
    );
    expect(await said(id, { ...settings, STRIPE_SECRET_KEY_SANDBOX: "sk_test_other" })).toEqual(
      fault("can't be compared: Stripe answered 401: the key needs the right to read Prices"),
    );
  });
});
