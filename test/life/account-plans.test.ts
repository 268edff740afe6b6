import { beforeEach, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { intentRow } from "../support/launch-pass.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { type OpenPlan, openPlan, planCall, planDoors, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

describeInWorld("plans of an account", { reset: true }, (world) => {
  beforeEach(async () => {
    await withoutPlans(world);
  });

  const DAY = 86_400;

  async function boughtPlan(wish = {}): Promise<OpenPlan> {
    const plan = await openPlan(world, (await planDoors(world)).http, wish);
    await world.sandbox.pay(plan.sessionId, "paid");
    await world.deliver();
    await world.advance(DAY);
    return plan;
  }

  async function account(path = "/account"): Promise<string> {
    const browser = openBrowser(world.send, ORIGIN);
    await signIn(browser, BUYER);
    return (await browser.get(path)).text();
  }

  /** What the account page says of the newest plan. */
  async function standing(): Promise<string> {
    const [, words] = /<li class="card"><p>.*?<\/p><p>(.*?)<\/p>/s.exec(await account("/account/plans")) ?? [];
    return (words ?? "no plan").replace(/<[^>]+>/g, "");
  }

  const page = async (address: string) => (await openBrowser(world.send, ORIGIN).get(address)).text();

  /** The subscription as Stripe has it, with its period's end in epoch seconds. */
  async function atStripe(plan: OpenPlan) {
    const id = await subscriptionOf(world, plan);
    const found = (await world.sandbox.subscriptions()).find((one) => one.id === id);
    const end = found?.items.data[0]?.current_period_end;
    if (!found || !end) throw new Error("Stripe has no such subscription");
    return { found, end };
  }

  test("refunded in full, a plan is over, and its subscription is shown as running until it is canceled", async () => {
    const plan = await boughtPlan();
    await world.sandbox.refund({ invoice: (await subscriptionInvoice(plan)) ?? "" });
    await world.deliver();
    expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject({ status: "refunded" });
    expect(await standing()).toMatch(
      /^Not active, but its subscription goes on: you are charged again on [A-Z][a-z]{2} \d{1,2}, \d{4} unless you end it\.$/,
    );
    expect(await page(plan.successUrl)).toContain("Your account page shows whether the subscription goes on.");
    await world.sandbox.subscription(await subscriptionOf(world, plan), { action: "cancel_at_period_end" });
    await world.deliver();
    expect(await standing()).toMatch(/^Not active\. Its subscription ends on [A-Z][a-z]{2} \d{1,2}, \d{4}\.$/);
  });

  test("a cancellation that is set for a later period does not end this one; one that is set within it does", async () => {
    const plan = await boughtPlan();
    const { found, end } = await atStripe(plan);
    for (const [cancel_at, words] of [
      [end + 300 * DAY, /^Active\. Renews on /],
      [end - 3 * DAY, /^Active until .*; then it ends\.$/],
      [end, /^Active until .*; then it ends\.$/],
    ] as const) {
      await world.advance(DAY);
      await world.sandbox.event({ type: "customer.subscription.updated", object: { ...found, cancel_at } });
      await world.deliver();
      expect(await standing()).toMatch(words);
    }
  });

  test("while collection is paused no renewal is promised, and once it is resumed it is", async () => {
    const plan = await boughtPlan();
    await world.sandbox.subscription(await subscriptionOf(world, plan), { action: "pause_collection" });
    await world.deliver();
    expect(await standing()).toBe("Active. Payments are paused: nothing is charged until they are resumed.");
    await world.advance(DAY);
    await world.sandbox.subscription(await subscriptionOf(world, plan), { action: "resume" });
    await world.deliver();
    expect(await standing()).toMatch(/^Active\. Renews on /);
  });

  test("a first payment that failed late leads to the account and to no second link", async () => {
    const plan = await openPlan(world, (await planDoors(world)).http);
    await world.sandbox.pay(plan.sessionId, "delayed");
    await world.sandbox.settle(plan.sessionId, "failed");
    await world.deliver();
    for (const address of [plan.successUrl, plan.checkoutUrl]) {
      const html = await page(address);
      expect(html).toContain("The payment did not go through");
      expect(html).toContain("you can change how you pay or end the plan");
      expect(html).not.toMatch(/new (payment )?link/);
    }
  });

  test("a dispute is told of in words that stay true once it is lost", async () => {
    const plan = await boughtPlan();
    const invoice = await subscriptionInvoice(plan);
    const { id } = await world.sandbox.dispute({ invoice: invoice ?? "" });
    await world.deliver();
    const open = await page(plan.successUrl);
    expect(open).toContain("The bank was asked to take it back.");
    await world.sandbox.moveDispute(id, "lost");
    await world.deliver();
    expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject({ status: "disputed" });
    expect(await page(plan.successUrl)).toContain("The bank was asked to take it back.");
  });

  test("a plan that is changed to another one at Stripe is told of, and the other is not sold on top", async () => {
    const http = (await planDoors(world)).http;
    const plan = await boughtPlan({ slug: "experiment" });
    const { found } = await atStripe(plan);
    const [item] = found.items.data;
    const mapped = { ...item, price: { ...item?.price, id: "price_mapped_to_grow" } };
    const map =
      "UPDATE commerce_prices SET stripe_price_id = ? WHERE id = (SELECT price_id FROM plans WHERE slug = 'grow')";
    await world.all(map, "price_mapped_to_grow");
    try {
      const told = /Changed at the payment provider: you are charged for [^,]*Grow[^,]*, but have [^.]*Experiment/;
      expect(await account()).not.toMatch(told);
      await world.sandbox.event({
        type: "customer.subscription.updated",
        object: { ...found, items: { ...found.items, data: [mapped] } },
      });
      await world.deliver();
      expect(await account()).toMatch(told);
      const operator = openBrowser(world.send, ORIGIN);
      await signIn(operator, OWNER);
      const { operation_id } = await intentRow(world, plan.checkoutIntentId);
      expect(await (await operator.get(`/owner/operations/${operation_id}`)).text()).toContain("was changed at Stripe");
      const refused = await http(await planCall(world, { slug: "grow" }));
      expect(JSON.stringify(refused)).toContain(
        "A subscription that was bought as the plan experiment was changed to grow at the payment provider. It is active and not over.",
      );
      await world.advance(DAY);
      await world.sandbox.subscription(found.id, { action: "cancel_now" });
      await world.deliver();
      expect(await account()).not.toMatch(told);
    } finally {
      await world.all(map, null);
    }
    await openPlan(world, http, { slug: "grow" });
  });

  async function subscriptionInvoice({ sessionId }: OpenPlan): Promise<string | undefined> {
    const session = (await world.sandbox.sessions()).find(({ id }) => id === sessionId);
    return typeof session?.invoice === "string" ? session.invoice : undefined;
  }
});
