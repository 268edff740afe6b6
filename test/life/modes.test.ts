import { beforeEach, expect, test } from "vitest";
import { signBody } from "../../src/dev/stripe-sandbox/client.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { intentRow, resultOf } from "../support/launch-pass.ts";
import { LIVE } from "../support/live-business.ts";
import { openPlan, planCall, planDoors, planOf, withoutPlans } from "../support/plans.ts";

describeInWorld("both modes", { reset: true }, (world) => {
  beforeEach(async () => {
    await withoutPlans(world);
  });

  const post = async (body: string, secret: string) => {
    const signature = await signBody(body, secret, Math.floor(world.clock.now() / 1000));
    return world.post({ body, signature });
  };

  test("two secrets a mode while one is rotated out, each mode for itself", async () => {
    world.restart({
      STRIPE_WEBHOOK_SECRET_SANDBOX: "whsec_test_new,whsec_test_old",
      STRIPE_WEBHOOK_SECRET_LIVE: "whsec_live_new,whsec_live_old",
    });
    let number = 0;
    const body = (livemode: boolean) =>
      JSON.stringify({
        id: `evt_rotation${++number}`,
        object: "event",
        type: "checkout.session.completed",
        api_version: "2026-10-28.endive",
        created: Math.floor(world.clock.now() / 1000),
        livemode,
        data: { object: { object: "checkout.session", client_reference_id: "checkout-intent-of-two-modes" } },
      });
    /** The status of a refused delivery, or why the event of an accepted one changes nothing. */
    const verdict = async (secret: string, livemode: boolean) => {
      const event = body(livemode);
      const answer = await post(event, secret);
      if (answer.status !== 200) return answer.status;
      const { id } = JSON.parse(event) as { id: string };
      return (await world.all("SELECT error FROM stripe_webhook_events WHERE id = ?", id))[0]?.error;
    };
    for (const age of ["new", "old"]) {
      expect(await verdict(`whsec_test_${age}`, false)).toBe("malformed_object");
      expect(await verdict(`whsec_live_${age}`, true)).toBe("malformed_object");
      // Each endpoint is believed in its own mode alone.
      expect(await verdict(`whsec_test_${age}`, true)).toBe("other_endpoint_mode");
      expect(await verdict(`whsec_live_${age}`, false)).toBe("other_endpoint_mode");
    }
    expect(await verdict("whsec_test_older", false)).toBe(400);
    world.restart({ STRIPE_WEBHOOK_SECRET_SANDBOX: "whsec_test_new", STRIPE_WEBHOOK_SECRET_LIVE: undefined });
    expect(await verdict("whsec_test_old", false)).toBe(400);
    expect(await verdict("whsec_live_new", true)).toBe(400);
    // More than two is no rotation: none of them is believed.
    world.restart({ STRIPE_WEBHOOK_SECRET_SANDBOX: "whsec_test_new,whsec_b,whsec_c" });
    expect(await verdict("whsec_test_new", false)).toBe(400);
  });

  test("a live plan, from the checkout to the end of its payment, beside sandbox offers", async () => {
    world.restart(LIVE);
    const doors = await planDoors(world);
    const plan = resultOf(await doors.http(await planCall(world)));
    expect(plan).toMatchObject({ stripeMode: "live", status: "open" });
    const session = (await world.sandbox.sessions()).at(-1);
    expect(session).toMatchObject({ livemode: true });
    expect(await intentRow(world, plan.checkoutIntentId)).toMatchObject({ stripe_mode: "live" });

    await world.sandbox.pay(session?.id ?? "", "paid");
    const deliveries = await world.sandbox.deliveries({ pending: true });
    // The sandbox's endpoint is not believed in live mode: what it signs is kept for a person, and grants nothing.
    const completed = deliveries.find(({ type }) => type === "checkout.session.completed");
    const copy = completed?.body.replace(/"id":"evt_[^"]+"/, '"id":"evt_copy"') ?? "";
    expect(await (await post(copy, "whsec_test_sandbox_secret")).json()).toMatchObject({ status: "blocked" });
    expect(await planOf(world, plan)).toBeUndefined();
    for (const answer of await world.deliver()) expect(await answer.json()).not.toMatchObject({ status: "blocked" });
    expect(await planOf(world, plan)).toMatchObject({ status: "active", stripe_mode: "live" });
    for (const table of ["billing_subscriptions", "publisher_plan_entitlements"]) {
      const rows = await world.all(
        `SELECT stripe_mode FROM ${table} WHERE checkout_intent_id = ?`,
        plan.checkoutIntentId,
      );
      expect(rows).toEqual([{ stripe_mode: "live" }]);
    }
    // And the schedule reads both modes' lists.
    await world.scheduled();
    const cursors = await world.all<{ stripe_mode: string }>(
      "SELECT stripe_mode FROM heal_cursors ORDER BY stripe_mode",
    );
    expect(cursors.map((row) => row.stripe_mode)).toEqual(["live", "sandbox"]);
  });

  test("a sandbox plan stands in the way of no live one", async () => {
    const sandbox = await planDoors(world);
    const tested = await openPlan(world, sandbox.http);
    await world.sandbox.pay(tested.sessionId, "paid");
    await world.deliver();
    expect((await sandbox.http(await planCall(world))).code).toBe("ineligible_state");
    world.restart(LIVE);
    const live = resultOf(await (await planDoors(world)).http(await planCall(world)));
    expect(await intentRow(world, live.checkoutIntentId)).toMatchObject({ stripe_mode: "live", status: "open" });
  });

  test("a deploy between try and retry sends the request that the first try wrote down", async () => {
    const doors = await planDoors(world);
    const call = await planCall(world, { setup: true });
    world.quiet = true;
    await world.sandbox.fault({ target: "api", path: "POST /v1/checkout/sessions", kind: "fail_before", times: 1 });
    expect((await doors.http(call)).code).toBeDefined();
    await world.sandbox.clearFaults();
    world.quiet = false;
    // Another catalog and another code: what was frozen is not made anew.
    await world.all(
      "UPDATE checkout_intents SET frozen_api_version = '2025-01-27.acacia' WHERE idempotency_key = ?",
      call.idempotencyKey,
    );
    await world.all(
      "UPDATE commerce_prices SET unit_amount_cents = unit_amount_cents + 1, updated_at = updated_at + 1",
    );
    await world.all("UPDATE plans SET name = 'Renamed', updated_at = updated_at + 1");
    world.restart();
    const answer = await doors.http(call);
    expect(answer.code, answer.text).toBeUndefined();
    const creates = (await world.sandbox.calls()).filter(
      ({ method, path }) => method === "POST" && path === "/v1/checkout/sessions",
    );
    expect(creates.length).toBeGreaterThanOrEqual(2);
    const [first, ...later] = creates;
    for (const next of later)
      expect(next).toMatchObject({ params: first?.params, idempotencyKey: first?.idempotencyKey });
    expect(creates.at(-1)).toMatchObject({ apiVersion: "2025-01-27.acacia" });
    await world.all("UPDATE commerce_prices SET unit_amount_cents = unit_amount_cents - 1");
  });
});
