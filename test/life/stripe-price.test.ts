import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { checkoutDoors, intentRow, launchPassCall, resultOf, sessionBehind } from "../support/launch-pass.ts";
import { openPlan, planCall, planDoors, withoutPlans } from "../support/plans.ts";
import { readAs } from "../support/read-as.ts";
import { OWNER } from "../support/world.ts";

const PASS = "price-bumpgrade-sandbox-launch-pass-usd";
const BUMP = "price-launch-checklist-bump-usd";
const GROW = "price-bumpgrade-grow-monthly-usd";
const month = { interval: "month" } as const;

describeInWorld("a price that stands at Stripe", { reset: true }, (world) => {
  let doors: Doors;
  let plans: Doors;
  beforeAll(async () => {
    doors = await checkoutDoors(world);
    plans = await planDoors(world);
  });
  beforeEach(async () => {
    await withoutPlans(world);
    await world.db.exec("UPDATE commerce_prices SET stripe_price_id = NULL");
    // A mapped price stands in the mode that the data wants, and this deployment sells in sandbox.
    await world.db.exec("UPDATE plans SET stripe_mode = 'sandbox' WHERE stripe_mode IS NOT NULL");
    await world.db.exec("DELETE FROM provider_refusals");
  });

  /** Makes a price at Stripe and names it in the catalog. */
  async function map(priceId: string, price: Parameters<typeof world.sandbox.createPrice>[0]): Promise<string> {
    const { id } = await world.sandbox.createPrice(price);
    await world.all("UPDATE commerce_prices SET stripe_price_id = ? WHERE id = ?", id, priceId);
    return id;
  }

  const pass = { currency: "usd", unit_amount: 900 };
  const bump = { currency: "usd", unit_amount: 1_900 };
  const grow = { currency: "usd", unit_amount: 19_700, recurring: month };

  test("that agrees is sold by its id, alone, as a bump and as a plan", async () => {
    const [ofPass, ofBump, ofPlan] = [await map(PASS, pass), await map(BUMP, bump), await map(GROW, grow)];
    const session = await sessionBehind(world, resultOf(await doors.http(await launchPassCall(world, { bump: true }))));
    expect(session.line_items.map(({ price }) => price.id)).toEqual([ofPass, ofBump]);
    expect(session.amount_total).toBe(2_800);
    const plan = await openPlan(world, plans.http, { setup: true });
    const ofGrow = (await world.sandbox.sessions()).find(({ id }) => id === plan.sessionId);
    expect(ofGrow?.line_items[0]?.price.id).toBe(ofPlan);
    expect(ofGrow?.amount_total).toBe(119_700);
    expect((await readAs(world, OWNER, "commerce://health", ["owner:read"])).refusals).toEqual([]);
  });

  test("of a live catalog is neither used nor compared where the deployment sells in sandbox: the amount is sold", async () => {
    await world.db.exec("UPDATE plans SET stripe_mode = 'live' WHERE stripe_mode IS NOT NULL");
    await world.db.exec("UPDATE stack_offers SET stripe_mode = 'live'");
    const [ofPass, ofPlan] = [await map(PASS, { ...pass, active: false }), await map(GROW, { ...grow, active: false })];
    try {
      const sold = await sessionBehind(world, resultOf(await doors.http(await launchPassCall(world))));
      const plan = await openPlan(world, plans.http);
      const ofGrow = (await world.sandbox.sessions()).find(({ id }) => id === plan.sessionId);
      for (const [session, id, amount] of [
        [sold, ofPass, 900],
        [ofGrow, ofPlan, 19_700],
      ] as const) {
        expect([session?.livemode, session?.amount_total]).toEqual([false, amount]);
        expect(session?.line_items[0]?.price.id).not.toBe(id);
      }
    } finally {
      await world.db.exec("UPDATE stack_offers SET stripe_mode = 'sandbox'");
    }
  });

  /** What a price is refused for, by the field that differs. */
  const DIFFERENT: [string, Parameters<typeof world.sandbox.createPrice>[0]][] = [
    ["unit_amount", { ...pass, unit_amount: 901 }],
    ["currency", { ...pass, currency: "eur" }],
    ["active", { ...pass, active: false }],
    ["recurring", { ...pass, recurring: month }],
    ["currency_options", { ...pass, currency_options: { eur: { unit_amount: 850 } } }],
    [
      "billing_scheme",
      {
        currency: "usd",
        billing_scheme: "tiered",
        tiers_mode: "volume",
        tiers: [{ unit_amount: 900, up_to: null }],
      },
    ],
    ["custom_unit_amount", { currency: "usd", custom_unit_amount: { preset: 900 } }],
    ["transform_quantity", { ...pass, transform_quantity: { divide_by: 2, round: "up" } }],
  ];

  /** Holds a refusal to what everybody is told of it, and to no session having been asked for. */
  async function refusedFor(answer: Awaited<ReturnType<Doors["http"]>>, field: string, priceId: string) {
    expect([answer.status, answer.code]).toEqual([502, "provider_refused"]);
    expect(answer.body.detail).toContain("until the business has mended something");
    for (const secret of [field, priceId, "price_", "retryAfter"]) expect(answer.text).not.toContain(secret);
    expect(await world.sandbox.sessions()).toEqual([]);
    const [intent] = await world.all<{ id: string; operation_id: string }>(
      "SELECT id, operation_id FROM checkout_intents ORDER BY created_at DESC, updated_at DESC LIMIT 1",
    );
    expect(await intentRow(world, intent?.id ?? "")).toMatchObject({ status: "failed", check_at: null });
    const [audit] = await world.all<{ metadata_json: string; summary: string }>(
      "SELECT metadata_json, summary FROM payment_audit_events WHERE event_kind = 'provider_refused' AND checkout_intent_id = ?",
      intent?.id ?? "",
    );
    const ofStripe = field === "resource_missing";
    expect(audit?.summary).toMatch(
      ofStripe ? /^The payment provider refused/ : /^A price .* differs from the confirmed/,
    );
    expect(JSON.parse(audit?.metadata_json ?? "{}")).toMatchObject({
      call: "prices.retrieve",
      code: field,
      param: priceId,
    });
    const { refusals } = await readAs(world, OWNER, "commerce://health", ["owner:read"]);
    expect(refusals).toMatchObject([{ call: "prices.retrieve", code: field, param: priceId, count: 1 }]);
    expect(JSON.stringify(refusals)).toContain(priceId);
  }

  describe("and differs", () => {
    test.each(DIFFERENT)("in %s: nothing is asked for, the owner reads which and why", async (field, price) => {
      await map(PASS, price);
      world.quiet = true;
      const call = await launchPassCall(world);
      await refusedFor(await doors.http(call), field, PASS);
      // The same key replays the refusal and asks Stripe nothing.
      const calls = (await world.sandbox.calls()).length;
      expect((await doors.http(call)).code).toBe("provider_refused");
      expect((await world.sandbox.calls()).length).toBe(calls);
    });

    test("as a bump: the bump's price is named", async () => {
      await map(PASS, pass);
      await map(BUMP, { ...bump, unit_amount: 1_800 });
      world.quiet = true;
      await refusedFor(await doors.http(await launchPassCall(world, { bump: true })), "unit_amount", BUMP);
    });

    test.each([
      ["recurring", { ...grow, recurring: { interval: "year" } }],
      ["recurring", { ...grow, recurring: { ...month, interval_count: 2 } }],
      ["recurring", { ...grow, recurring: { ...month, usage_type: "metered" } }],
      ["recurring", { currency: "usd", unit_amount: 19_700 }],
      ["unit_amount", { ...grow, unit_amount: 9_700 }],
    ] as const)("as a plan, in %s (%j): the plan is free again", async (field, price) => {
      await map(GROW, price);
      world.quiet = true;
      await refusedFor(await plans.http(await planCall(world)), field, GROW);
      await world.all("UPDATE commerce_prices SET stripe_price_id = NULL");
      world.quiet = false;
      await openPlan(world, plans.http);
    });
  });

  test("that Stripe does not have is refused, and the owner is told", async () => {
    await world.all("UPDATE commerce_prices SET stripe_price_id = 'price_00000000missing' WHERE id = ?", PASS);
    world.quiet = true;
    await refusedFor(await doors.http(await launchPassCall(world)), "resource_missing", PASS);
    const { refusals } = await readAs(world, OWNER, "commerce://health", ["owner:read"]);
    expect(JSON.stringify(refusals)).toContain("names a price that this Stripe account does not have");
  });

  test("while Stripe does not answer, nothing is decided: the same key makes the next try", async () => {
    await map(PASS, pass);
    const call = await launchPassCall(world);
    world.quiet = true;
    await world.sandbox.fault({ target: "api", kind: "fail_before", times: 1 });
    expect(await doors.http(call)).toMatchObject({ code: "provider_unavailable" });
    world.quiet = false;
    expect(await world.sandbox.sessions()).toEqual([]);
    expect(resultOf(await doors.http(call)).status).toBe("open");
  });
});
