import { beforeAll, expect, test } from "vitest";
import { databaseState, unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { checkoutDoors, intentRow, OFFER, sessionBehind, started } from "../support/launch-pass.ts";
import { type Browser, hiddenFields, openBrowser, signIn } from "../support/oauth.ts";
import { openPlan, planDoors, withoutPlans } from "../support/plans.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

describeInWorld("never a dead end", { reset: true }, (world) => {
  let buyer: Browser;
  beforeAll(async () => {
    buyer = openBrowser(world.send, ORIGIN);
    await signIn(buyer, BUYER);
  });

  const textOf = async (browser: Browser, path: string) => (await browser.get(path)).text();
  const newest = async () => {
    const [row] = await world.all<{ id: string }>("SELECT id FROM checkout_intents ORDER BY created_at DESC LIMIT 1");
    return intentRow(world, row?.id ?? "");
  };
  const intents = async () => (await world.all("SELECT id FROM checkout_intents")).length;
  /** Ends every order that is still open, without Stripe. */
  const withoutOrders = async () => {
    await withoutPlans(world);
    await world.db.exec("UPDATE checkout_intents SET status = 'expired' WHERE status IN ('created', 'open')");
  };
  /** Every form of a page that posts to `action`, by its hidden fields. */
  const formsTo = (html: string, action: string) =>
    [...html.matchAll(/<form[^>]*action="([^"]*)"[^>]*>.*?<\/form>/gs)]
      .filter(([, to]) => to === action)
      .map(([markup]) => hiddenFields(markup, action));
  const toPayment = (answer: Response) => {
    expect(answer.status).toBe(303);
    return answer.headers.get("Location") ?? "";
  };
  /** Follows our own redirect link to Stripe's page. */
  const atStripe = async (location: string) =>
    location.startsWith(ORIGIN) ? ((await world.fetch(location)).headers.get("Location") ?? "") : location;

  test("an offer is bought on its page: the sentence is above the button, and is what is bought", async () => {
    await withoutOrders();
    const html = await textOf(buyer, "/offers");
    const [alone, withBump] = formsTo(html, "/offers");
    expect(alone?.confirmationText).toBe("Create checkout for Bumpgrade launch pass at 9.00 USD");
    expect(withBump?.confirmationText).toContain("with Launch checklist at 28.00 USD");
    for (const form of [alone, withBump]) expect(html).toContain(`<code>${form?.confirmationText}</code>`);
    const location = toPayment(await buyer.post("/offers", withBump ?? {}));
    const row = await newest();
    expect(row).toMatchObject({ status: "open", amount_cents: 2800, offer_id: OFFER });
    const [operation] = await world.all("SELECT * FROM operations WHERE id = ?", String(row.operation_id));
    expect(operation).toMatchObject({ proof: "approval_page", actor_kind: "account_session", client_id: null });
    expect(await atStripe(location)).toContain("/c/pay/");
  });

  test("signed out, an offer leads to sign-in and back; a session that ended on the way does too", async () => {
    const html = await (await world.fetch("/offers")).text();
    expect(html).not.toContain("<form");
    expect(html).toContain('href="/sign-in?returnTo=%2Foffers%23offer-sandbox-launch-pass"');
    const [form] = formsTo(await textOf(buyer, "/offers"), "/offers");
    const guest = openBrowser(world.send, ORIGIN);
    for (const [path, back] of [
      ["/offers", "%2Foffers"],
      ["/pricing", "%2Fpricing"],
      ["/account/billing", "%2Faccount"],
      ["/account/clients/revoke", "%2Faccount"],
      ["/account/verify-email", "%2Faccount"],
      ["/account/password", "%2Faccount%2Fpassword"],
      ["/account/delete", "%2Faccount%2Fdelete"],
      ["/account/orders/checkout-intent-1/cancel", "%2Faccount%2Forders%2Fcheckout-intent-1"],
      ["/account/orders/checkout-intent-1/stripe-receipt", "%2Faccount%2Forders%2Fcheckout-intent-1"],
      ["/approvals/approval-1", "%2Fapprovals%2Fapproval-1"],
      ["/owner/people", "%2Fowner%2Fpeople"],
    ] as const) {
      const answer = await unchanged(world, () => guest.post(path, form ?? {}));
      expect([path, answer.status, answer.headers.get("Location")]).toEqual([
        path,
        303,
        `${ORIGIN}/sign-in?returnTo=${back}`,
      ]);
    }
  });

  test("back from Stripe: the same button, another tab, and a kept page go on to the one open order", async () => {
    await withoutOrders();
    const [first, withBump] = formsTo(await textOf(buyer, "/offers"), "/offers");
    const [tab] = formsTo(await textOf(buyer, "/offers"), "/offers");
    const page = await atStripe(toPayment(await buyer.post("/offers", first ?? {})));
    const before = await intents();
    for (const form of [first, tab])
      expect(await atStripe(toPayment(await buyer.post("/offers", form ?? {})))).toBe(page);
    expect(await intents()).toBe(before);
    // What else is in the order makes it another one.
    const other = await atStripe(toPayment(await buyer.post("/offers", withBump ?? {})));
    expect(other).not.toBe(page);
    expect(await intents()).toBe(before + 1);
  });

  test("a kept page whose order was cancelled since starts no dead link: it says so and has a fresh form", async () => {
    await withoutOrders();
    const [form] = formsTo(await textOf(buyer, "/offers"), "/offers");
    toPayment(await buyer.post("/offers", form ?? {}));
    const { id } = await newest();
    const cancel = `/account/orders/${id}/cancel`;
    const done = await buyer.post(cancel, hiddenFields(await textOf(buyer, `/account/orders/${id}`), cancel));
    expect(done.headers.get("Location")).toBe(`${ORIGIN}/account/orders/${id}`);
    const kept = await buyer.post("/offers", form ?? {});
    const html = await kept.text();
    expect([kept.status, html.includes("is not open any more")]).toEqual([409, true]);
    const [fresh] = formsTo(html, "/offers");
    expect(fresh?.idempotencyKey).not.toBe(form?.idempotencyKey);
    toPayment(await buyer.post("/offers", fresh ?? {}));
    expect((await newest()).id).not.toBe(id);
  });

  test("an open order of the plan with its setup is not gone on to as the plan alone, nor at an older price", async () => {
    await withoutOrders();
    const html = await textOf(buyer, "/pricing");
    const [alone, withSetup] = formsTo(html, "/pricing").filter(({ planSlug }) => planSlug === "grow");
    const page = await atStripe(toPayment(await buyer.post("/pricing", withSetup ?? alone ?? {})));
    const again = await buyer.post("/pricing", { ...(withSetup ?? alone ?? {}), idempotencyKey: "page-again" });
    expect(await atStripe(toPayment(again))).toBe(page);
    expect(withSetup).toBeDefined();
    const other = await unchanged(world, () => buyer.post("/pricing", alone ?? {}));
    expect(other.status).toBe(409);
    const shown = await other.text();
    const { id } = await newest();
    expect(shown).toContain(`href="/account/orders/${id}/pay"`);
    expect(shown).toContain("Cancel this order");
  });

  test("another plan offers to pay or to cancel the open one; cancelled, the plan can be started", async () => {
    await withoutOrders();
    const open = await openPlan(world, (await planDoors(world)).http, { slug: "experiment" });
    const path = `/account/orders/${open.checkoutIntentId}`;
    const html = await textOf(buyer, "/pricing");
    expect(html).toContain("You have an open order of the plan Experiment. Pay it, or cancel it first.");
    expect(html).toContain(`href="${path}/pay"`);
    const form = hiddenFields(html, `${path}/cancel`);
    expect(form.confirmationText).toMatch(/^Expire open checkout for .* Experiment plan/);
    expect(html).toContain(`<code>${form.confirmationText}</code>`);
    const paid = await unchanged(world, () => buyer.get(`${path}/pay`));
    expect(paid.headers.get("Location")).toBe(await atStripe(open.checkoutUrl));
    expect(paid.headers.get("Referrer-Policy")).toBe("no-referrer");
    expect((await buyer.post(`${path}/cancel`, form)).status).toBe(303);
    expect(await intentRow(world, open.checkoutIntentId)).toMatchObject({ status: "canceled" });
    const [operation] = await world.all(
      "SELECT * FROM operations WHERE write_name = 'expire_checkout' ORDER BY created_at DESC LIMIT 1",
    );
    expect(operation).toMatchObject({ proof: "approval_page", actor_kind: "account_session", status: "succeeded" });
    expect(formsTo(await textOf(buyer, "/pricing"), "/pricing").length).toBeGreaterThan(0);
  });

  test("cancelling twice, late, with another text or by another person ends nothing more", async () => {
    await withoutOrders();
    const open = await started(world, (await checkoutDoors(world)).http);
    const path = `/account/orders/${open.checkoutIntentId}`;
    const form = hiddenFields(await textOf(buyer, path), `${path}/cancel`);
    const stranger = openBrowser(world.send, ORIGIN);
    await signIn(stranger, OWNER);
    await unchanged(world, async () => {
      expect((await stranger.get(`${path}/pay`)).status).toBe(404);
      const own = hiddenFields(await textOf(stranger, "/account"), "/sign-out");
      expect((await stranger.post(`${path}/cancel`, { ...form, formToken: own.formToken ?? "" })).status).toBe(404);
      const text = await buyer.post(`${path}/cancel`, { ...form, confirmationText: "yes" });
      expect([text.status, (await text.text()).includes("Nothing was done")]).toEqual([422, true]);
      expect((await buyer.post(`${path}/cancel`, form, { "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
    });
    const session = await sessionBehind(world, open);
    await world.sandbox.pay(session.id, "paid");
    const late = await buyer.post(`${path}/cancel`, form);
    expect([late.status, (await late.text()).includes("be cancelled any more")]).toEqual([409, true]);
    await world.deliver();
    expect(await intentRow(world, open.checkoutIntentId)).toMatchObject({ status: "paid" });
  });

  test("while Stripe is away a cancel says so, and the same form ends the order later, once", async () => {
    await withoutOrders();
    const open = await started(world, (await checkoutDoors(world)).http);
    const path = `/account/orders/${open.checkoutIntentId}`;
    await world.sandbox.fault({
      target: "api",
      path: "POST /v1/checkout/sessions/:id/expire",
      kind: "fail_before",
      times: 1,
    });
    const away = await buyer.submit(await buyer.get(path), `${path}/cancel`, {});
    const html = await away.text();
    expect(html).toContain("has not answered yet");
    expect(html).not.toContain("Repeat the call");
    await world.sandbox.clearFaults();
    expect((await buyer.post(`${path}/cancel`, hiddenFields(html, `${path}/cancel`))).status).toBe(303);
    expect(await intentRow(world, open.checkoutIntentId)).toMatchObject({ status: "canceled" });
  });

  test("the cancel link leads on to payment for its holder; only the account that ordered may cancel", async () => {
    await withoutOrders();
    const open = await started(world, (await checkoutDoors(world)).http);
    const session = await sessionBehind(world, open);
    const link = new URL(session.cancel_url ?? "").pathname;
    const owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    const before = await databaseState(world);
    const guest = openBrowser(world.send, ORIGIN);
    for (const browser of [guest, owner]) {
      const html = await textOf(browser, link);
      expect(html).toContain(`href="${link}/pay"`);
      expect(html).not.toContain("<form");
    }
    expect(await textOf(guest, link)).toContain("Sign in to cancel this order");
    expect(await textOf(owner, link)).not.toContain("to cancel this order");
    const on = await guest.get(`${link}/pay`);
    expect([on.status, on.headers.get("Location")]).toEqual([303, session.url]);
    expect((await guest.get(`${link}x/pay`)).status).toBe(404);
    // Neither the payment link nor the return link opens this way.
    const redirect = open.checkoutUrl.split("/").at(-1);
    expect((await guest.get(`/commerce/checkout/cancel/${redirect}/pay`)).status).toBe(404);
    expect(await databaseState(world)).toEqual(before);
    const cancel = `/account/orders/${open.checkoutIntentId}/cancel`;
    expect((await buyer.post(cancel, hiddenFields(await textOf(buyer, link), cancel))).status).toBe(303);
    const ended = await textOf(guest, link);
    expect(ended).toContain("Try again");
    expect(ended).not.toContain("Continue to payment");
    expect((await guest.get(`${link}/pay`)).status).toBe(410);
  });

  test("each page leads home by the shop's name, and to the account", async () => {
    for (const path of ["/", "/offers", "/pricing", "/sign-in", "/account", "/nothing-here"]) {
      const html = await (await world.fetch(path, { headers: { Accept: "text/html" } })).text();
      if (path === "/account") continue;
      expect([path, /<header><strong><a href="\/" class="home">/.test(html)]).toEqual([path, true]);
      expect([path, html.includes('<a href="/account">Your account</a>')]).toEqual([path, true]);
    }
    const owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    for (const html of [await textOf(buyer, "/account"), await textOf(owner, "/owner")]) {
      expect(html).toMatch(/<header><strong><a href="\/" class="home">.*<a href="\/account">Your account<\/a>/s);
    }
  });
});
