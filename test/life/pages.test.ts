import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { databaseState, unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { CREATE, intentRow } from "../support/launch-pass.ts";
import { connect } from "../support/mcp.ts";
import { type Browser, hiddenFields, openBrowser, signIn } from "../support/oauth.ts";
import {
  type OpenPlan,
  openPlan,
  planDoors,
  planOf,
  sellSeveralPlans,
  subscriptionOf,
  withoutPlans,
} from "../support/plans.ts";
import { audited } from "../support/purchase-state.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

describeInWorld("pages along the way", { reset: true }, (world) => {
  let doors: Doors;
  beforeAll(async () => {
    doors = await planDoors(world);
  });
  beforeEach(async () => {
    await withoutPlans(world);
  });

  async function signedIn(person = BUYER): Promise<Browser> {
    const browser = openBrowser(world.send, ORIGIN);
    await signIn(browser, person);
    return browser;
  }

  /** The buyer's browser, with a success page that was opened while the payment was on its way, and its button. */
  async function visit({ successUrl }: OpenPlan) {
    const browser = openBrowser(world.send, ORIGIN);
    const html = await (await browser.get(successUrl)).text();
    const token = /name="formToken" value="([^"]+)"/.exec(html)?.[1];
    if (!token) throw new Error("the page has no button");
    return {
      page: () => browser.get(successUrl),
      text: async () => (await browser.get(successUrl)).text(),
      ask: () => browser.post(successUrl, { formToken: token }),
    };
  }

  /** Brings what waits, event by event, each with its audit. */
  async function deliverAudited(): Promise<void> {
    for (const delivery of await world.sandbox.deliveries({ pending: true })) {
      await audited(world, () => world.post(delivery));
    }
  }

  const paid = (plan: OpenPlan) => world.sandbox.pay(plan.sessionId, "paid");

  /** How often a plan was written down as active. */
  async function givings({ checkoutIntentId }: OpenPlan): Promise<number> {
    const rows = await world.all(
      "SELECT id FROM payment_audit_events WHERE event_kind = 'publisher_plan_entitlement_changed' AND subject_status = 'active' AND checkout_intent_id = ?",
      checkoutIntentId,
    );
    return rows.length;
  }

  describe("the pricing page", () => {
    test("shows every plan to each visitor, a form to a signed-in person, and changes nothing", async () => {
      await unchanged(world, async () => {
        const open = await (await world.fetch("/pricing")).text();
        for (const words of [
          "Experiment",
          "Grow",
          "Enterprise",
          "97.00 USD",
          "197.00 USD",
          "mailto:",
          "Sign in to start",
        ]) {
          expect(open).toContain(words);
        }
        expect(open).not.toContain('method="post"');
      });
      const browser = await signedIn();
      const page = await unchanged(world, async () => browser.get("/pricing"));
      const html = await page.text();
      expect(html).toContain("Create checkout for Bumpgrade Grow plan at 197.00 USD per month");
      expect(html).not.toMatch(/cs_|sub_|price_1/);
    });

    test("has no form while Stripe refuses the key of its mode", async () => {
      const browser = await signedIn();
      await world.sandbox.fault({ target: "api", path: CREATE, kind: "status", status: 401 });
      const refused = await browser.submit(await browser.get("/pricing"), "/pricing", {});
      expect(refused.status).toBe(502);
      await world.sandbox.clearFaults();
      const html = await (await browser.get("/pricing")).text();
      expect(html).toContain("Plans are not on sale here at the moment.");
      expect(html).not.toContain("is not set up");
      expect(html).not.toContain("You confirm:");
      await world.db.exec("DELETE FROM closed_modes");
      expect(await (await browser.get("/pricing")).text()).toContain("You confirm:");
    });

    test("its form starts a checkout as the person's own; twice is once; a forged or old one is refused", async () => {
      const browser = await signedIn();
      const page = await browser.get("/pricing");
      const html = await page.clone().text();
      const fields = hiddenFields(html, "/pricing");
      const answer = await browser.submit(page, "/pricing", {});
      expect(answer.status).toBe(303);
      const link = answer.headers.get("Location") ?? "";
      expect(link).toMatch(new RegExp(`^${ORIGIN}/api/commerce/checkout/redirect/`));
      const paymentPage = (await world.fetch(link)).headers.get("Location");
      const [operation] = await world.all("SELECT * FROM operations ORDER BY created_at DESC, id LIMIT 1");
      expect(operation).toMatchObject({ proof: "approval_page", actor_kind: "account_session", client_id: null });
      const again = await browser.submit(new Response(html), "/pricing", {});
      expect(again.headers.get("Location")).toBe(paymentPage);
      expect(await world.sandbox.sessions()).toHaveLength(1);

      const stranger = await signedIn(OWNER);
      await unchanged(world, async () => {
        const forged = await browser.post("/pricing", { ...fields, formToken: "x" });
        expect(forged.status).toBe(403);
        expect((await stranger.post("/pricing", fields)).status).toBe(403);
        const signedOut = await openBrowser(world.send, ORIGIN).post("/pricing", fields);
        expect(signedOut.headers.get("Location")).toBe(`${ORIGIN}/sign-in?returnTo=%2Fpricing`);
        const second = await browser.post("/pricing", { ...fields, idempotencyKey: "page-second" });
        expect([second.status, second.headers.get("Location")]).toEqual([303, paymentPage]);
        const shown = await (await browser.get("/pricing")).text();
        expect(shown).toContain("You have an open order of the plan Experiment. Pay it, or cancel it first.");
        expect(shown).not.toContain('action="/pricing"');
      });
      await withoutPlans(world);
      await world.db.exec("UPDATE plans SET updated_at = updated_at + 1");
      const stale = await browser.post("/pricing", { ...fields, idempotencyKey: "page-other" });
      expect([stale.status, await stale.text()]).toEqual([412, expect.stringContaining("A price changed")]);
      // The page shows the sentence itself: a form without it does not ask again.
      const { confirmationText: _, ...textless } = fields;
      const slip = await unchanged(world, () =>
        browser.post("/pricing", { ...textless, idempotencyKey: "page-third" }),
      );
      expect(slip.status).toBe(422);
    });

    test("says so where plans are not sold, and to who has one", async () => {
      const plan = await openPlan(world, doors.http);
      await paid(plan);
      await world.deliver();
      const browser = await signedIn();
      expect(await (await browser.get("/pricing")).text()).toContain("You have this plan");
      world.restart({ STRIPE_MAX_MODE: undefined });
      const closed = await (await browser.get("/pricing")).text();
      expect(closed).toContain("not on sale here");
      expect(closed).not.toContain('method="post"');
    });
  });

  describe("the success page and the webhook", () => {
    test.each(["page first", "webhook first", "page alone", "webhook alone", "both at once"])(
      "%s: provisioned once",
      async (way) => {
        const plan = await openPlan(world, doors.http, { setup: true });
        const { ask, page } = await visit(plan);
        await paid(plan);
        const steps: Record<string, (() => Promise<unknown>)[]> = {
          "page first": [() => audited(world, ask), deliverAudited],
          "webhook first": [deliverAudited, () => audited(world, ask)],
          "page alone": [() => audited(world, ask), () => audited(world, ask)],
          "webhook alone": [deliverAudited, deliverAudited],
          "both at once": [() => Promise.all([ask(), world.deliver(), ask(), ask()])],
        };
        for (const step of steps[way] ?? []) {
          await step();
          expect(await planOf(world, plan)).toMatchObject({ status: "active", plan_slug: "grow" });
        }
        const changes = await world.all(
          "SELECT subject_status FROM payment_audit_events WHERE event_kind = 'publisher_plan_entitlement_changed' AND checkout_intent_id = ?",
          plan.checkoutIntentId,
        );
        expect(new Set(changes.map((row) => row.subject_status))).toEqual(new Set(["active"]));
        expect(
          await world.all(
            "SELECT id FROM publisher_plan_entitlements WHERE checkout_intent_id = ?",
            plan.checkoutIntentId,
          ),
        ).toHaveLength(1);
        expect(
          await world.all("SELECT id FROM product_entitlements WHERE checkout_intent_id = ?", plan.checkoutIntentId),
        ).toEqual([]);
        const shown = await unchanged(world, page);
        const html = await shown.text();
        expect(html).toContain("your plan is active");
        expect(html).not.toMatch(/cs_(test|live)|sub_|cus_|pi_/);
        expect([shown.headers.get("Cache-Control"), shown.headers.get("Referrer-Policy")]).toEqual([
          "no-store",
          "no-referrer",
        ]);
      },
    );

    test("before it is paid neither says so; fifty reloads and a press change nothing", async () => {
      const plan = await openPlan(world, doors.http);
      const { ask, text } = await visit(plan);
      await unchanged(world, async () => {
        for (let reload = 0; reload < 50; reload++) {
          expect(await text()).toContain("on its way");
        }
        await ask();
      });
      expect(await planOf(world, plan)).toBeUndefined();
      await world.sandbox.pay(plan.sessionId, "delayed");
      await ask();
      expect(await planOf(world, plan)).toBeUndefined();
      expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject({ status: "completed" });
      await world.sandbox.settle(plan.sessionId, "failed");
      await ask();
      expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject({ status: "failed" });
      expect(await text()).toContain("did not go through");
    });

    test.each([true, false])(
      "an old page revives nothing after the plan was canceled; webhooks told of it: %s",
      async (hears) => {
        const plan = await openPlan(world, doors.http);
        const { ask, text } = await visit(plan);
        await paid(plan);
        if (hears) await world.deliver();
        await world.advance(3600);
        await world.sandbox.subscription(await subscriptionOf(world, plan), { action: "cancel_now" });
        if (hears) await world.deliver();
        await world.advance(3600);
        const given = await givings(plan);
        await ask();
        const after = await databaseState(world);
        await ask();
        await text();
        expect(await databaseState(world)).toEqual(after);
        expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
        expect(await givings(plan)).toBe(given);
        expect(given > 0).toBe(hears);
        expect(await text()).toContain("not active now");
        // What Stripe still has to tell of the past changes nothing either.
        await world.deliver();
        expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
      },
    );

    test("Stripe being away is no reason to say anything else; another's form is not taken", async () => {
      const plan = await openPlan(world, doors.http);
      const { ask, text } = await visit(plan);
      await paid(plan);
      world.quiet = true;
      await world.sandbox.fault({ target: "api", kind: "fail_before", times: 3 });
      expect((await ask()).status).toBe(303);
      world.quiet = false;
      expect(await text()).toContain("on its way");
      await world.sandbox.clearFaults();
      const path = new URL(plan.successUrl).pathname;
      await unchanged(world, async () => {
        const forged = await openBrowser(world.send, ORIGIN).post(path, { formToken: "x" });
        expect(forged.status).toBe(303);
      });
      expect((await world.fetch("/pricing/success/0000000000")).status).toBe(404);
    });
  });

  describe("the billing portal", () => {
    test("from the account page, for one's own subscription alone, by an address that holds no id of Stripe's", async () => {
      const plan = await openPlan(world, doors.http);
      await paid(plan);
      await world.deliver();
      const browser = await signedIn();
      const page = await browser.get("/account");
      const html = await page.clone().text();
      expect(html).toContain("Grow");
      expect(html).not.toMatch(/cus_|sub_|cs_/);
      const [subscription] = await world.all<{ id: string }>(
        "SELECT id FROM billing_subscriptions WHERE checkout_intent_id = ?",
        plan.checkoutIntentId,
      );
      expect(html).toContain(subscription?.id);
      const fields = { ...hiddenFields(html, "/account/billing"), subscriptionId: subscription?.id ?? "" };
      const answer = await unchanged(world, () => browser.post("/account/billing", fields));
      expect(answer.status).toBe(303);
      const location = answer.headers.get("Location") ?? "";
      expect(location).toMatch(/\/p\/session\//);
      const call = (await world.sandbox.calls()).find(({ path }) => path === "/v1/billing_portal/sessions");
      expect(JSON.stringify(call)).toContain(`${ORIGIN}/account`);

      const stranger = await signedIn(OWNER);
      const own = hiddenFields(await (await stranger.get("/account")).text(), "/sign-out").formToken ?? "";
      expect((await stranger.post("/account/billing", { ...fields, formToken: own })).status).toBe(404);
      expect((await browser.post("/account/billing", { ...fields, formToken: "x" })).status).toBe(403);
      world.quiet = true;
      await world.sandbox.fault({ target: "api", kind: "fail_before" });
      expect((await browser.post("/account/billing", fields)).status).toBe(502);
    });
  });

  test("where plans are sold live, a test purchase gives no plan, and what one gave before is over", async () => {
    await sellSeveralPlans(world);
    const plan = await openPlan(world, doors.http);
    const { ask, text } = await visit(plan);
    const before = await openPlan(world, doors.http, { slug: "experiment" });
    await world.sandbox.pay(before.sessionId, "paid");
    await world.deliver();
    expect(await planOf(world, before)).toMatchObject({ status: "active", stripe_mode: "sandbox" });
    world.restart({ STRIPE_MAX_MODE: "live" });
    await paid(plan);
    await world.deliver();
    expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject({ status: "paid" });
    expect(await planOf(world, plan)).toBeUndefined();
    await ask();
    expect(await planOf(world, plan)).toBeUndefined();
    expect(await text()).toContain("gives no plan here");
    // What was given before is told of as what it is, before any event moves its row.
    expect(await planOf(world, before)).toMatchObject({ status: "active" });
    const client = await connect({
      send: world.send,
      url: `${ORIGIN}/mcp`,
      token: await world.token(BUYER, "mcp", ["checkout:write"]),
    });
    const read = await client.callTool({
      name: "read_commerce",
      arguments: { uri: `commerce://checkouts/${before.checkoutIntentId}` },
    });
    expect(read.structuredContent).toMatchObject({
      content: { status: "paid", planEntitlement: { planSlug: "experiment", status: "inactive" } },
    });
    expect(await (await visitPage(before)).text()).toContain("gives no plan here");
    const account = await (await (await signedIn()).get("/account")).text();
    expect(account).toMatch(
      /Experiment<\/bdi><\/strong><span class="soft"> \(test purchase\)<\/span><\/p><p>Not active: it was a test/,
    );
    await world.advance(3600);
    await world.sandbox.subscription(await subscriptionOf(world, before), { action: "renew" });
    await world.deliver();
    expect(await planOf(world, before)).toMatchObject({ status: "inactive" });
  });

  describe("the plans on the account page", () => {
    test("a first payment that failed late has a subscription to pay for, and is had once that is paid, events or not", async () => {
      const plan = await openPlan(world, doors.http);
      await world.sandbox.pay(plan.sessionId, "delayed");
      await world.sandbox.settle(plan.sessionId, "failed");
      await world.deliver();
      expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject({ status: "failed" });
      expect(await planOf(world, plan)).toBeUndefined();
      const browser = await signedIn();
      const html = await (await browser.get("/account")).text();
      expect(html).toContain("The last payment did not arrive. Update how you pay to get the plan back.");
      const fields = hiddenFields(html, "/account/billing");
      expect((await browser.post("/account/billing", fields)).status).toBe(303);
      // The buyer pays at Stripe's; nothing of it is told.
      await world.sandbox.fault({ target: "event", kind: "never_generated", times: 100 });
      await world.advance(DAY);
      await world.sandbox.subscription(await subscriptionOf(world, plan), { action: "pay" });
      await world.scheduled();
      expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject({ status: "paid" });
      expect(await planOf(world, plan)).toMatchObject({ status: "active" });
      expect(await (await browser.get("/account")).text()).toContain("Active. Renews on");
    });

    test("however many there were, each stands on one page of the list", async () => {
      const plan = await openPlan(world, doors.http);
      await paid(plan);
      await world.deliver();
      await world.all("UPDATE publisher_plan_entitlements SET status = 'active'");
      await copies(plan.checkoutIntentId, 60);
      const [counted] = await world.all<{ plans: number }>("SELECT count(*) AS plans FROM publisher_plan_entitlements");
      const browser = await signedIn();
      const newest = await (await browser.get("/account")).text();
      expect(newest).toContain('<a href="/account/plans">All plans</a>');
      let seen = 0;
      let pages = 0;
      for (let path: string | undefined = "/account/plans"; path !== undefined; pages++) {
        const html = await (await browser.get(path)).text();
        const shown = html.match(/<li class="card">/g)?.length ?? 0;
        expect(shown).toBeLessThanOrEqual(25);
        seen += shown;
        path = /href="(\/account\/plans\?[^"]+)">Older/.exec(html)?.[1]?.replaceAll("&amp;", "&");
      }
      expect(seen).toBeGreaterThanOrEqual(counted?.plans ?? 0);
      expect(pages).toBeGreaterThan(2);
      await world.all("DELETE FROM publisher_plan_entitlements WHERE id LIKE 'copy-%'");
      await world.all("DELETE FROM checkout_intents WHERE id LIKE 'copy-%'");
    });

    /** So many checkouts of a plan, each with what it gave. */
    async function copies(checkoutIntentId: string, count: number): Promise<void> {
      const own: Readonly<Record<string, string>> = {
        id: "'copy-' || printf('%010x', i)",
        checkout_intent_id: "'copy-' || printf('%010x', i)",
        idempotency_key: "'copy-' || i",
        operation_id: "'copy-' || i",
        stripe_checkout_session_id: "NULL",
        stripe_subscription_id: "NULL",
        stripe_invoice_id: "NULL",
        status: "CASE WHEN status = 'active' THEN 'inactive' ELSE status END",
      };
      for (const [table, key] of [
        ["checkout_intents", "id"],
        ["publisher_plan_entitlements", "checkout_intent_id"],
      ] as const) {
        const columns = await world.all<{ name: string }>(`SELECT name FROM pragma_table_info('${table}')`);
        await world.all(
          `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
         INSERT INTO ${table} (${columns.map(({ name }) => name).join(", ")})
         SELECT ${columns.map(({ name }) => own[name] ?? name).join(", ")} FROM n, ${table} WHERE ${key} = ?`,
          checkoutIntentId,
        );
      }
    }
  });

  const visitPage = ({ successUrl }: OpenPlan) => openBrowser(world.send, ORIGIN).get(successUrl);
  const DAY = 86_400;
});
