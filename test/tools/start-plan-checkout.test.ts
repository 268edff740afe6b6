import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startPlanCheckout } from "../../tools/start-plan-checkout.ts";
import { unchanged } from "../support/database-state.ts";
import { describeConfirmedWrite } from "../support/describe-confirmed-write.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { intentRow, resultOf } from "../support/launch-pass.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import {
  openPlan,
  planCall,
  planDoors,
  planOf,
  sellSeveralPlans,
  subscriptionOf,
  withoutPlans,
} from "../support/plans.ts";
import { readAs } from "../support/read-as.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

describeConfirmedWrite(startPlanCheckout, {
  actor: BUYER,
  other: OWNER,
  async ready(world) {
    await withoutPlans(world);
    const { idempotencyKey: _, planSlug, confirmationText, expectedUpdatedAt } = await planCall(world);
    return { input: { planSlug }, confirmationText, expectedUpdatedAt };
  },
  otherInput: () => ({ includeSetup: true }),
  absent: () => ({ planSlug: "grow-2" }),
  async move(world) {
    await world.db.exec("UPDATE plans SET updated_at = updated_at + 1");
  },
  effects: async (world) => (await world.sandbox.sessions()).filter(({ mode }) => mode === "subscription").length,
  result: [
    "checkoutIntentId",
    "checkoutUrl",
    "expiresAt",
    "amountCents",
    "currency",
    "stripeMode",
    "status",
    "updatedAt",
    "otherOpenCheckouts?",
  ],
  audit: ["checkout_intent_created", "checkout_session_created"],
  trips: { first: 3, replay: 1 },
});

describeInWorld("what a plan checkout asks for", { reset: true }, (world) => {
  let doors: Doors;
  beforeAll(async () => {
    doors = await planDoors(world);
  });
  beforeEach(async () => {
    await withoutPlans(world);
  });

  /** Holds a refusal to its code, and to neither database nor Stripe having moved. */
  async function refused(args: Record<string, unknown>, code: string) {
    const calls = (await world.sandbox.calls()).length;
    const answers = await unchanged(world, async () => [await doors.mcp(args), await doors.http(args)] as const);
    for (const answer of answers) expect(answer.code, answer.text).toBe(code);
    expect((await world.sandbox.calls()).length).toBe(calls);
    return answers[0].body;
  }

  test.each([
    ["experiment", false, 9_700, "Create checkout for Bumpgrade Experiment plan at 97.00 USD per month"],
    [
      "grow",
      true,
      119_700,
      "Create checkout for Bumpgrade Grow plan at 197.00 USD per month with White glove setup at 1000.00 USD",
    ],
  ] as const)(
    "%s, setup %s: Stripe gets a monthly line, and the setup once",
    async (slug, setup, amountCents, text) => {
      const args = await planCall(world, { slug, setup });
      expect(args.confirmationText).toBe(text);
      const started = resultOf(await doors.http(args));
      expect(started).toMatchObject({ amountCents, status: "open", stripeMode: "sandbox" });
      const [session] = await world.sandbox.sessions();
      expect(session).toMatchObject({ mode: "subscription", amount_total: amountCents, customer_email: null });
      expect(session?.line_items.map(({ price }) => price.recurring?.interval ?? "once")).toEqual(
        setup ? ["month", "once"] : ["month"],
      );
      expect(session?.metadata).toMatchObject({ checkout_intent_id: started.checkoutIntentId, plan_slug: slug });
      expect(await intentRow(world, started.checkoutIntentId)).toMatchObject({
        checkout_kind: "self_serve_subscription",
        stripe_mode: "sandbox",
        plan_slug: slug,
      });
    },
  );

  test("the route publishes its contract", async () => {
    const contract = (await (await world.fetch("/api/billing/checkout")).json()) as Record<string, unknown>;
    expect(contract).toMatchObject({ route: "POST /api/billing/checkout" });
    expect(JSON.stringify(contract)).toContain("planSlug");
  });

  test("a plan that is sold in person says how, whatever the text", async () => {
    const { updatedAt } = await world.read("commerce://plans/enterprise");
    const call = { planSlug: "enterprise", expectedUpdatedAt: updatedAt, idempotencyKey: "enterprise-1" };
    const bodies = [
      await refused({ ...call, confirmationText: "anything" }, "ineligible_state"),
      await refused(call, "ineligible_state"),
      await refused({ ...call, includeSetup: true, confirmationText: "x" }, "ineligible_state"),
    ];
    for (const body of bodies) {
      expect(body.detail).toMatch(/in person: mailto:/);
      expect(body.resource).toBe("commerce://plans/enterprise");
    }
  });

  test("the sentence for the setup confirms no plan without it, nor the other way round", async () => {
    const [plain, withSetup] = [await planCall(world), await planCall(world, { setup: true })];
    await refused({ ...plain, confirmationText: withSetup.confirmationText }, "confirmation_mismatch");
    await refused({ ...withSetup, confirmationText: plain.confirmationText }, "confirmation_mismatch");
  });

  test("what moves between reading and claiming is stale; what is off sale is not started", async () => {
    for (const sql of [
      "UPDATE commerce_prices SET updated_at = updated_at + 1",
      "UPDATE plans SET updated_at = updated_at + 1",
      "UPDATE businesses SET updated_at = updated_at + 1",
      "UPDATE commerce_prices SET active = 0",
    ]) {
      const call = await planCall(world, { setup: true });
      world.database.interrupt(2, () => world.db.exec(sql));
      const answer = await doors.http(call);
      world.database.reset();
      expect([sql, answer.code]).toEqual([sql, "stale_state"]);
    }
    await refused(await planCall(world), "ineligible_state");
    await world.db.exec("UPDATE commerce_prices SET active = 1");
  });

  test("refused while open, while its money is on its way, while had, and while its subscription is not over", async () => {
    const plan = await openPlan(world, doors.http);
    const whileOpen = await refused(await planCall(world), "ineligible_state");
    expect(whileOpen.detail).toContain(plan.checkoutIntentId);
    await refused(await planCall(world, { setup: true }), "ineligible_state");

    await world.sandbox.pay(plan.sessionId, "delayed");
    await world.deliver();
    await world.advance(3 * 86_400);
    expect((await refused(await planCall(world), "ineligible_state")).detail).toContain("on its way");

    await world.sandbox.settle(plan.sessionId, "succeeded");
    await world.deliver();
    expect(await planOf(world, plan)).toMatchObject({ status: "active" });
    expect((await refused(await planCall(world), "ineligible_state")).detail).toContain("active already");
    const subscription = await subscriptionOf(world, plan);
    await world.sandbox.subscription(subscription, { action: "pause" });
    await world.deliver();
    expect(await planOf(world, plan)).toMatchObject({ status: "inactive" });
    expect((await refused(await planCall(world), "ineligible_state")).detail).toContain("paused and not over");
    await world.sandbox.subscription(subscription, { action: "cancel_now" });
    await world.deliver();
    await openPlan(world, doors.http);
  });

  test.each([2, 20])("%i callers at once with a key each: one starts, the others are refused", async (racers) => {
    const calls = await Promise.all(Array.from({ length: racers }, () => planCall(world)));
    const answers = await Promise.all(calls.map((call, index) => (index % 2 ? doors.http : doors.mcp)(call)));
    const codes = answers.map(({ code }) => code ?? "started").sort();
    expect(codes).toEqual([...Array(racers - 1).fill("ineligible_state"), "started"].sort());
    expect(await world.sandbox.sessions()).toHaveLength(1);
  });

  describe("one plan at a time", () => {
    const OTHER = { slug: "experiment" };
    const BESIDE = "A person has one plan at a time here, so experiment can't be started beside it.";
    const BILLING = `open Manage billing at ${ORIGIN}/account`;

    /** What a person and their agent are told of the other plan before they start it, and that nothing else is. */
    async function toldBefore(detail: string, page: string) {
      const plan = (slug: string) => readAs(world, BUYER, `commerce://plans/${slug}`);
      expect((await plan("experiment")).standsInTheWay).toBe(detail);
      expect(await readAs(world, OWNER, "commerce://plans/experiment")).not.toHaveProperty("standsInTheWay");
      expect(await world.read("commerce://plans/experiment")).not.toHaveProperty("standsInTheWay");
      const browser = openBrowser(world.send, ORIGIN);
      await signIn(browser, BUYER);
      const html = await (await browser.get("/pricing")).text();
      expect(html).toContain(page);
      expect(html).not.toContain('method="post" action="/pricing"');
    }

    test("another one is refused whatever the state of the first, by name and with the way, and told of before", async () => {
      const plan = await openPlan(world, doors.http);
      const id = plan.checkoutIntentId;
      const states: [() => Promise<unknown>, string, string][] = [
        [
          async () => undefined,
          `The checkout ${id} of the plan grow can still be paid. ${BESIDE} Use its link, or expire it first.`,
          "You have an open order of the plan Grow. Pay it, or cancel it first.",
        ],
        [
          () => world.sandbox.pay(plan.sessionId, "delayed"),
          `The payment of checkout ${id} of the plan grow is on its way. ${BESIDE}`,
          "Your payment for the plan Grow is on its way.",
        ],
        [
          () => world.sandbox.settle(plan.sessionId, "succeeded"),
          `The plan grow is active already. ${BESIDE} To change plans, ${BILLING} and cancel grow; once it has ended, start experiment.`,
          "You have the plan Grow, and can have one plan at a time. To change plans, end it first.",
        ],
        [
          async () => world.sandbox.subscription(await subscriptionOf(world, plan), { action: "pause" }),
          `A subscription to the plan grow is paused and not over. ${BESIDE} To resume or end it, ${BILLING}.`,
          "Your subscription to Grow is not over. You can resume or end it.",
        ],
      ];
      for (const [move, detail, page] of states) {
        await move();
        await world.deliver();
        await toldBefore(detail, page);
        expect((await refused(await planCall(world, OTHER), "ineligible_state")).detail).toBe(detail);
      }
      await world.sandbox.subscription(await subscriptionOf(world, plan), { action: "cancel_now" });
      await world.deliver();
      expect(await readAs(world, BUYER, "commerce://plans/experiment")).not.toHaveProperty("standsInTheWay");
      await openPlan(world, doors.http, OTHER);
    });

    test("a person's plan is in nobody else's way", async () => {
      await openPlan(world, doors.http);
      await openPlan(world, (await planDoors(world, OWNER)).http, OTHER);
    });

    test.each([2, 12])("%i callers at once for two different plans: one starts", async (racers) => {
      const calls = await Promise.all(
        Array.from({ length: racers }, (_, index) => planCall(world, index % 2 ? OTHER : {})),
      );
      const answers = await Promise.all(calls.map((call, index) => (index % 3 ? doors.http : doors.mcp)(call)));
      const codes = answers.map(({ code }) => code ?? "started").sort();
      expect(codes).toEqual([...Array(racers - 1).fill("ineligible_state"), "started"].sort());
      expect(await world.sandbox.sessions()).toHaveLength(1);
    });

    test.each([
      ["grow", "experiment"],
      ["experiment", "grow"],
    ])("%s is started while %s has been checked and not claimed: the later claim is refused", async (first, late) => {
      const [firstCall, lateCall] = [await planCall(world, { slug: first }), await planCall(world, { slug: late })];
      world.database.interrupt(2, () => doors.mcp(firstCall));
      const answer = await doors.http(lateCall);
      world.database.reset();
      expect(answer.code).toBe("ineligible_state");
      expect((await world.sandbox.sessions()).map(({ metadata }) => metadata?.plan_slug)).toEqual([first]);
      // The plan that is there is named to the next call.
      expect((await refused(lateCall, "ineligible_state")).detail).toMatch(
        /^The checkout \S+ of the plan \w+ can still/,
      );
    });

    test("where the business sells several, another one is started, told of beside the first, and the same one is refused", async () => {
      await sellSeveralPlans(world);
      const plan = await openPlan(world, doors.http);
      await world.sandbox.pay(plan.sessionId, "paid");
      await world.deliver();
      expect(await readAs(world, BUYER, "commerce://plans/experiment")).not.toHaveProperty("standsInTheWay");
      const { confirmationText: _, ...unconfirmed } = await planCall(world, OTHER);
      const asked = await doors.mcp(unconfirmed);
      const browser = openBrowser(world.send, ORIGIN);
      await signIn(browser, BUYER);
      const page = await (await browser.get(new URL(String(asked.body.approvalUrl)).pathname)).text();
      expect(page).toContain("you do not have this plan; you have Grow, and what you start now comes beside it");
      const shown = await (await browser.get("/pricing")).text();
      expect(shown).toContain("You have this plan.");
      expect(shown).toContain("Create checkout for Bumpgrade Experiment plan");
      expect(shown).not.toContain("Create checkout for Bumpgrade Grow plan");
      expect((await refused(await planCall(world), "ineligible_state")).detail).toBe(
        "The plan grow is active already.",
      );
      await openPlan(world, doors.http, OTHER);
      const again = await refused(await planCall(world, OTHER), "ineligible_state");
      expect(again.detail).toMatch(/^The checkout \S+ of the plan experiment can still be paid\. Use its link/);
    });

    test("where it sells several, calls at once for the same plan start one", async () => {
      await sellSeveralPlans(world);
      const calls = await Promise.all(Array.from({ length: 6 }, (_, i) => planCall(world, i % 2 ? OTHER : {})));
      const answers = await Promise.all(calls.map((call) => doors.http(call)));
      expect(answers.filter(({ code }) => code === undefined)).toHaveLength(2);
      const started = (await world.sandbox.sessions()).map(({ metadata }) => metadata?.plan_slug);
      expect(started.sort()).toEqual(["experiment", "grow"]);
    });
  });

  const LIVE_KEY = "sk_live_000000000000000000000000";
  test.each([
    ["no mode is set", { STRIPE_MAX_MODE: undefined }, "ineligible_state"],
    ["the set mode has no key", { STRIPE_SECRET_KEY_SANDBOX: undefined }, "provider_unavailable"],
    ["the set mode has no webhook secret", { STRIPE_WEBHOOK_SECRET_SANDBOX: undefined }, "provider_unavailable"],
    ["live is set and only sandbox has a key", { STRIPE_MAX_MODE: "live" }, "provider_unavailable"],
    [
      "sandbox is set and only live has a key",
      {
        STRIPE_API_BASE_URL: undefined,
        STRIPE_SECRET_KEY_SANDBOX: undefined,
        STRIPE_SECRET_KEY_LIVE: LIVE_KEY,
        STRIPE_WEBHOOK_SECRET_LIVE: "whsec_live_secret",
      },
      "provider_unavailable",
    ],
  ] as const)("%s: refused, and the other mode is not tried", async (_what, settings, code) => {
    world.restart(settings);
    await refused(await planCall(world), code);
  });

  test("a server does not start with another mode for plans: it decides whether a test purchase gives access", () => {
    expect(() => world.restart({ STRIPE_MAX_MODE: "Live" })).toThrow("STRIPE_MAX_MODE");
  });
});
