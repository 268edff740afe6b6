import { beforeEach, expect, test } from "vitest";
import { createCommissionEvidence } from "../../tools/create-commission-evidence.ts";
import { startCheckout } from "../../tools/start-checkout.ts";
import { setMinimum } from "../approvals/asking.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Door } from "../support/doors.ts";
import { launchPassCall } from "../support/launch-pass.ts";
import { limitedApp } from "../support/limits.ts";
import { sale, versionOf } from "../support/sale.ts";

const LIMITS = { mostAmount: "500", mostADay: "100", until: "2031-04-30" };

describeInWorld("round trips of a write that has limits of its person and a rule of the owner's", {}, (world) => {
  beforeEach(async () => {
    for (const { name } of [startCheckout, createCommissionEvidence]) await setMinimum(world, name, "argument");
  });

  async function cost(door: Door, args: Record<string, unknown>) {
    const calls = async () => (await world.sandbox.calls()).length;
    const before = await calls();
    world.database.reset();
    const answer = await door(args);
    const trips = world.database.trips();
    expect(answer.code, answer.text).toBeUndefined();
    return { trips, stripe: (await calls()) - before };
  }

  test("a checkout: 3 and one call to Stripe; its replay: 1 and none", async () => {
    const app = await limitedApp(world, LIMITS);
    const args = { ...(await launchPassCall(world, { bump: true })), idempotencyKey: "costs-checkout" };
    expect(await cost(app.start, args)).toEqual({ trips: 3, stripe: 1 });
    expect(await cost(app.start, args)).toEqual({ trips: 1, stripe: 0 });
    expect(await app.limits()).toMatchObject({ checkoutsIn24Hours: { most: 100, left: 99 } });
  });

  test("a local write: 2 and no call to Stripe; its replay: 1", async () => {
    const app = await limitedApp(world, LIMITS, { scopes: ["checkout:write", "affiliates:write"] });
    const { checkoutIntentId } = await sale(world, { referred: true });
    const args = {
      checkoutIntentId,
      confirmationText: "Create review-only commission evidence for Bumpgrade sandbox checkout",
      expectedUpdatedAt: await versionOf(world, checkoutIntentId),
      idempotencyKey: "costs-evidence",
    };
    const record = await app.door(createCommissionEvidence);
    expect(await cost(record, args)).toEqual({ trips: 2, stripe: 0 });
    expect(await cost(record, args)).toEqual({ trips: 1, stripe: 0 });
  });
});
