import { beforeAll, beforeEach, expect, test } from "vitest";
import { orderNumberOf } from "../../src/base/order-number.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { checkoutDoors, intentRow, started } from "../support/launch-pass.ts";
import { type Browser, hiddenFields, openBrowser, signIn } from "../support/oauth.ts";
import { openPlan, planDoors, withoutPlans } from "../support/plans.ts";
import { sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

describeInWorld("orders of an account", { reset: true }, (world) => {
  let buyer: Browser;
  beforeAll(async () => {
    buyer = openBrowser(world.send, ORIGIN);
    await signIn(buyer, BUYER);
  });
  beforeEach(() => withoutPlans(world));

  const pathOf = (id: string) => `/account/orders/${id}`;
  const page = async (id: string, browser = buyer) => (await browser.get(pathOf(id))).text();
  /** A page's text, one blank between words. */
  const words = (html: string) =>
    html
      .replace(/<style>.*?<\/style>/s, "")
      .replace(/<[^>]+>/g, " ")
      .replace(/\s+/g, " ");

  async function toStripe(id: string, browser = buyer, wish: Record<string, string> = {}) {
    const action = `${pathOf(id)}/stripe-receipt`;
    return browser.post(action, { ...hiddenFields(await page(id), action), ...wish });
  }

  test("a paid order has a receipt: what, when, to whom, by which account, its number and that it was a test", async () => {
    const { checkoutIntentId: id } = await sale(world, { bump: true });
    const html = await page(id);
    const text = words(html);
    for (const told of [
      `Order ${orderNumberOf(id)}`,
      "Receipt",
      "This was a test. No real money was paid.",
      "Bumpgrade launch pass $9.00 USD",
      "Launch checklist $19.00 USD",
      "Paid $28.00 USD",
      BUYER.email,
    ]) {
      expect(text).toContain(told);
    }
    const [business] = await world.all<{ name: string; support_email: string }>("SELECT * FROM businesses");
    expect(text).toMatch(new RegExp(`Paid to ${business?.name} , ${business?.support_email}`));
    expect(text).not.toContain("Came back");
    expect(text).not.toMatch(/product-launch|price-/);
    expect(html).toMatch(/@media print/);
    const list = await (await buyer.get("/account/orders")).text();
    expect(list).toContain(`href="${pathOf(id)}"`);
  });

  test("what came back is on it, in part and whole", async () => {
    const { checkoutIntentId: id } = await sale(world);
    const { stripe_payment_intent_id: payment } = await intentRow(world, id);
    await world.sandbox.refund({ paymentIntent: String(payment), amount: 400 });
    await world.deliver();
    expect(words(await page(id))).toContain("Came back $4.00 USD");
    await world.sandbox.refund({ paymentIntent: String(payment), amount: 500 });
    await world.deliver();
    const text = words(await page(id));
    expect(text).toContain("State refunded");
    expect(text).toContain("Came back $9.00 USD");
  });

  test("Stripe's own receipt is asked for at each visit, and no id of Stripe's is on our page or stored", async () => {
    const { checkoutIntentId: id } = await sale(world);
    const answer = await toStripe(id);
    expect([answer.status, answer.headers.get("Referrer-Policy")]).toEqual([303, "no-referrer"]);
    const address = answer.headers.get("Location") ?? "";
    const path = new URL(address).pathname;
    expect(path).toMatch(/^\/receipts\//);
    const theirs = await world.bindings.STRIPE_SANDBOX.fetch(`http://stripe-sandbox.test${path}`);
    expect([theirs.status, await theirs.text()]).toEqual([200, expect.stringContaining("9.00 USD")]);
    expect(await page(id)).not.toMatch(/\b(pi|ch|cs|rcpt)_/);
    expect(JSON.stringify(await world.all("SELECT * FROM checkout_intents WHERE id = ?", id))).not.toContain(
      "receipts/",
    );
    const unpaid = await sale(world, { outcome: "none" });
    const form = hiddenFields(await page(id), `${pathOf(id)}/stripe-receipt`);
    const none = await buyer.post(`${pathOf(unpaid.checkoutIntentId)}/stripe-receipt`, form);
    expect([none.status, words(await none.text())]).toEqual([
      404,
      expect.stringContaining("Stripe has no receipt of it"),
    ]);
    await world.sandbox.fault({ target: "api", path: "GET /v1/payment_intents/:id", kind: "fail_before" });
    const unanswered = await toStripe(id);
    expect([unanswered.status, words(await unanswered.text())]).toEqual([
      502,
      expect.stringContaining("The payment provider did not answer."),
    ]);
  });

  test("a plan's receipt lists each period with Stripe's invoice of it", async () => {
    const plan = await openPlan(world, (await planDoors(world)).http);
    await world.sandbox.pay(plan.sessionId, "paid");
    await world.deliver();
    await world.advance(32 * 86_400);
    await world.scheduled();
    await world.deliver();
    // A session lasts a week.
    buyer = openBrowser(world.send, ORIGIN);
    await signIn(buyer, BUYER);
    const html = await page(plan.checkoutIntentId);
    const periods = [...html.matchAll(/name="period" value="(\d+)"/g)].map(([, start]) => start ?? "");
    expect(periods).toHaveLength(2);
    const leads: string[] = [];
    for (const period of periods) {
      const answer = await toStripe(plan.checkoutIntentId, buyer, { period });
      leads.push(new URL(answer.headers.get("Location") ?? "").pathname);
    }
    expect(new Set(leads).size).toBe(2);
    for (const path of leads) {
      const theirs = await world.bindings.STRIPE_SANDBOX.fetch(`http://stripe-sandbox.test${path}`);
      expect([theirs.status, await theirs.text()]).toEqual([200, expect.stringContaining("197.00 USD")]);
    }
  });

  test("an order without payment says its state and the way on, and has no receipt", async () => {
    const open = await started(world, (await checkoutDoors(world)).http);
    for (const [status, told] of [
      ["open", "waiting for payment"],
      ["expired", "Nothing was charged."],
      ["failed", "Nothing was charged."],
      ["blocked", "You do not need to pay again."],
    ] as const) {
      await world.all("UPDATE checkout_intents SET status = ? WHERE id = ?", status, open.checkoutIntentId);
      const html = await page(open.checkoutIntentId);
      expect(words(html)).toContain(told);
      expect(html).not.toContain("<h2>Receipt</h2>");
    }
    await world.all("UPDATE checkout_intents SET status = 'expired' WHERE id = ?", open.checkoutIntentId);
    expect(await page(open.checkoutIntentId)).toContain('href="/offers#offer-sandbox-launch-pass"');
  });

  test("another person's order, and an unknown one, are answered alike at each door", async () => {
    const { checkoutIntentId: id } = await sale(world);
    const owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    const [theirs, absent] = [await owner.get(pathOf(id)), await owner.get(pathOf("checkout-intent-none"))];
    expect([theirs.status, absent.status]).toEqual([404, 404]);
    expect(await theirs.text()).toBe(await absent.text());
    const { formToken = "" } = hiddenFields(await (await owner.get("/account")).text(), "/sign-out");
    expect((await owner.post(`${pathOf(id)}/stripe-receipt`, { formToken })).status).toBe(404);
    const signedOut = await openBrowser(world.send, ORIGIN).get(pathOf(id));
    expect(signedOut.headers.get("Location")).toBe(`${ORIGIN}/sign-in?returnTo=${encodeURIComponent(pathOf(id))}`);
  });

  test("a signed confirmation is a page with its text, proof, time and app, and its file is the second link", async () => {
    const { checkoutIntentId } = await sale(world);
    const { operation_id: id } = await intentRow(world, checkoutIntentId);
    const path = `/account/confirmations/${id}`;
    const html = await (await buyer.get(path)).text();
    const text = words(html);
    for (const told of [
      "Create checkout for Bumpgrade launch pass at 9.00 USD",
      "confirmed by your assistant, which states that you agreed",
      "Signed confirmation",
    ]) {
      expect(text).toContain(told);
    }
    const [, file] = /href="(\/account\/receipts\/[^"]+)"/.exec(html) ?? [];
    expect((await buyer.get(file ?? "")).headers.get("Content-Disposition")).toBe(
      `attachment; filename="confirmation-${id}.jws"`,
    );
    const owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    expect((await owner.get(path)).status).toBe(404);
    await world.all("UPDATE operations SET status = 'failed' WHERE id = ?", id);
    expect((await buyer.get(path)).status).toBe(404);
  });
});
