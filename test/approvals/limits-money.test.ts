import { describe, expect, test } from "vitest";
import { readLimits } from "../../src/auth/limit-fields.ts";
import { parseBusiness } from "../../src/dev/seeds/business.ts";
import { businessOf, peopleOf } from "../support/businesses.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { launchPassCall } from "../support/launch-pass.ts";
import { limitedApp, storedLimits } from "../support/limits.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { taxedFiles } from "../support/taxed-seeds.ts";
import { ORIGIN } from "../support/world.ts";

describe.each(["exclusive", "inclusive"] as const)("tax that is %s of the price", (behavior) => {
  const business = () => parseBusiness(taxedFiles(behavior, {}, "txcd_10000000"));

  describeInWorld("a limit is held against the amount that the sentence names", { reset: true, business }, (world) => {
    test.each([
      ["9.00", false, undefined],
      ["8.99", false, "approval_required"],
      ["28.00", true, undefined],
      ["27.99", true, "approval_required"],
    ])("with %s a checkout with its bump: %s is answered %s", async (mostAmount, bump, code) => {
      await world.sandbox.account({ tax: { percent: 9 } });
      const app = await limitedApp(world, { mostAmount });
      expect((await app.start(await launchPassCall(world, { bump }))).code).toBe(code);
    });
  });
});

const bakery = () => businessOf("bakery");

describeInWorld("a business in yen and in the time of Tokyo", { reset: true, business: bakery }, (world) => {
  const { buyer } = peopleOf(bakery());

  test("amounts have no decimals, and the last day ends at its own midnight", async () => {
    const offer = await world.read("commerce://offers/shokupan");
    let keys = 0;
    const call = () => ({
      offerId: "shokupan",
      confirmationText: offer.confirmationText,
      expectedUpdatedAt: offer.updatedAt,
      idempotencyKey: `loaf-${++keys}`,
    });
    const enough = await limitedApp(world, { mostAmount: "￥480", until: "2032-02-29" }, { person: buyer });
    expect(await storedLimits(world, enough.grantId)).toMatchObject({
      most_cents: 480,
      currency: "jpy",
      ends_at: Date.parse("2032-02-29T15:00:00.000Z"),
    });
    expect((await enough.start(call())).code).toBeUndefined();
    const less = await limitedApp(world, { mostAmount: "479" }, { person: buyer });
    const refused = await less.start(call());
    expect(refused.code).toBe("approval_required");
    expect(refused.body.detail).toContain("This app's limit is 479 JPY a checkout, and this one is 480 JPY.");
    const browser = openBrowser(world.send, ORIGIN);
    await signIn(browser, buyer);
    expect(await (await browser.get("/account")).text()).toContain("￥479 JPY");
    await expect(limitedApp(world, { mostAmount: "4.80" }, { person: buyer })).rejects.toThrow("422");
  });
});

const NOW = Date.parse("2031-03-12T23:30:00.000Z");
const typed = (more: Record<string, string>) => ({
  mostAmount: "",
  mostCurrency: "",
  mostADay: "",
  until: "",
  ...more,
});
const style = { locale: "de-DE", timeZone: "Pacific/Auckland", currencies: ["eur", "kwd"] };

describe("what a person types, as the business writes it", () => {
  test.each([
    [{ mostAmount: "1.200,50", mostCurrency: "eur" }, 120_050],
    [{ mostAmount: "12.500", mostCurrency: "eur" }, 1_250_000],
    // A German page writes twelve and a half thousand dinars so, and twelve and a half with a comma.
    [{ mostAmount: "12.500", mostCurrency: "kwd" }, 12_500_000],
    [{ mostAmount: "12,500", mostCurrency: "kwd" }, 12_500],
  ])("%o is an amount", (fields, mostCents) => {
    expect(readLimits(typed(fields), style, NOW)).toMatchObject({ kind: "valid_fields", limits: { mostCents } });
  });

  test.each([
    [{ mostAmount: "20", mostCurrency: "usd" }, "mostCurrency"],
    [{ mostAmount: "20", mostCurrency: "" }, "mostCurrency"],
    [{ mostAmount: "20 KWD", mostCurrency: "eur" }, "mostAmount"],
    [{ until: "2031-03-12" }, "until"],
  ])("%o is refused at %s", (fields, field) => {
    const read = readLimits(typed(fields), style, NOW);
    expect(read.kind === "invalid_fields" && Object.keys(read.errors)).toEqual([field]);
  });

  test("today is the day of the business: the 13th in Auckland", () => {
    expect(readLimits(typed({ until: "2031-03-13" }), style, NOW)).toMatchObject({
      limits: { endsAt: Date.parse("2031-03-13T11:00:00.000Z") },
    });
  });
});
