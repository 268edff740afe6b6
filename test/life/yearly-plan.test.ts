import { beforeEach, expect, test } from "vitest";
import { browserOf, openAgent, pathIn } from "../approvals/asking.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { otherBusiness } from "../support/other-business.ts";
import { openPlan, planCall, planDoors, planOf, subscriptionOf, withoutPlans } from "../support/plans.ts";

const DAY = 86_400;
const PRICE = "price-bumpgrade-grow-monthly-usd";

/** The repository's business, whose plan Grow is charged by the year. */
const business = () =>
  otherBusiness({
    prices: {
      billingInterval: (value, { id }) => (id === PRICE ? "year" : value),
      unitAmountCents: (value, { id }) => (id === PRICE ? 97_000 : value),
    },
    plans: { billingInterval: (value, { slug }) => (slug === "grow" ? "year" : value) },
  });

describeInWorld("a yearly plan", { reset: true, business }, (world) => {
  beforeEach(() => withoutPlans(world));

  test("its sentence, its approval and Stripe's session say every year, with the setup once", async () => {
    const plan = await world.read("commerce://plans/grow");
    expect(plan).toMatchObject({
      amountCents: 97_000,
      currency: "usd",
      billingInterval: "year",
      confirmationText: "Create checkout for Bumpgrade Grow plan at 970.00 USD per year",
      setup: {
        totalCents: 197_000,
        confirmationText:
          "Create checkout for Bumpgrade Grow plan at 970.00 USD per year with White glove setup at 1000.00 USD",
      },
    });
    const agent = await openAgent(world);
    const { confirmationText: _, ...asked } = await planCall(world, { setup: true });
    const browser = await browserOf(world);
    const page = await (await browser.get(pathIn(await agent.call("start_plan_checkout", asked)))).text();
    for (const words of ["970.00 USD every year for Grow", "1970.00 USD", "charged every year until you end it"]) {
      expect(page).toContain(words);
    }
    const opened = await openPlan(world, (await planDoors(world)).http, { setup: true });
    expect(opened).toMatchObject({ amountCents: 197_000 });
    const [create] = (await world.sandbox.calls()).filter(
      ({ method, path }) => `${method} ${path}` === "POST /v1/checkout/sessions",
    );
    const params = JSON.stringify(create?.params);
    expect(params).toContain('"interval":"year"');
    expect(params).not.toContain('"interval":"month"');
  });

  test("it runs for a year from its payment, is renewed for another, and each page names the year", async () => {
    const browser = await browserOf(world);
    expect(await (await browser.get("/pricing")).text()).toMatch(/970\.00 USD<\/strong> <span class="soft">a year/);
    const plan = await openPlan(world, (await planDoors(world)).http);
    const day = (years: number) => {
      const date = new Date(world.clock.now());
      date.setUTCFullYear(date.getUTCFullYear() + years);
      return date.toISOString().slice(0, 10);
    };
    const [nextYear, yearAfter, thirdYear] = [day(1), day(2), day(3)];
    await world.sandbox.pay(plan.sessionId, "paid");
    await world.deliver();
    const endsAt = async () => Number((await planOf(world, plan))?.ends_at);
    const endDay = async () => new Date(await endsAt()).toISOString().slice(0, 10);
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    expect(await endDay()).toBe(nextYear);
    const success = await (await browser.get(plan.successUrl)).text();
    expect(success).toMatch(/970\.00 USD a year/);
    expect(success).toContain("Total for the first year");

    // A month later nothing is charged.
    const invoices = () => world.all("SELECT amount_cents FROM billing_invoices ORDER BY period_start");
    await world.advance(32 * DAY);
    await world.deliver();
    expect([await invoices(), await endDay()]).toEqual([[{ amount_cents: 97_000 }], nextYear]);
    await world.advance(Math.ceil(((await endsAt()) - world.clock.now()) / 1000) + 7200);
    await world.deliver();
    expect(await invoices()).toEqual([{ amount_cents: 97_000 }, { amount_cents: 97_000 }]);
    expect([await endDay(), (await planOf(world, plan))?.status]).toEqual([yearAfter, "active"]);
    // A year whose events never arrive is found by the scheduled run.
    await world.advance(Math.ceil(((await endsAt()) - world.clock.now()) / 1000) + 7200);
    await world.scheduled();
    expect(await invoices()).toHaveLength(3);
    expect([await endDay(), (await planOf(world, plan))?.status]).toEqual([thirdYear, "active"]);
    const id = await subscriptionOf(world, plan);
    await world.sandbox.refund({
      invoice: String((await world.sandbox.subscriptions()).find((one) => one.id === id)?.latest_invoice),
    });
    await world.deliver();
    expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
  });

  test("the document has its amount and currency, and no amount by the month", async () => {
    const document = (await (await world.fetch("/commerce/source-data")).json()) as {
      selfServePricing: { plans: Record<string, unknown>[]; contract: { publicPlans: Record<string, unknown>[] } };
    };
    const { plans, contract } = document.selfServePricing;
    for (const list of [plans, contract.publicPlans]) {
      const [monthly, yearly, contact] = list;
      expect(yearly).toMatchObject({
        monthlyAmountCents: null,
        billingInterval: "year",
        amountCents: 97_000,
        currency: "usd",
      });
      expect(monthly).toMatchObject({ monthlyAmountCents: 9_700, billingInterval: "month" });
      for (const plan of [monthly, contact]) expect(Object.keys(plan ?? {})).not.toContain("amountCents");
    }
  });

  test("plan and price agree on the interval, or the seeds are refused", () => {
    expect(() =>
      otherBusiness({ plans: { billingInterval: (value, { slug }) => (slug === "grow" ? "year" : value) } }),
    ).toThrow("must be a price billed by year");
  });
});
