import { beforeAll, beforeEach, expect, test } from "vitest";
import type { FaultRequest } from "../../src/dev/stripe-sandbox/client.ts";
import { expireCheckout } from "../../tools/expire-checkout.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { bearerDoors, type Door, type Doors } from "../support/doors.ts";
import { CREATE, checkoutDoors, LIST, launchPassCall, resultOf } from "../support/launch-pass.ts";
import { tell } from "../support/tell.ts";
import { BUYER } from "../support/world.ts";

type Kind = Omit<Extract<FaultRequest, { target: "api" }>, "target" | "path" | "times">;
const EXPIRE = "POST /v1/checkout/sessions/:id/expire";
/** A quarter of the age doubles the age about every three calls; after twenty minutes it is 300 seconds each time. */
const MOST_CALLS = 310;

describeInWorld("an agent that waits as it is told", { reset: true }, (world) => {
  let starts: Doors;
  let ends: Doors;
  beforeAll(async () => {
    starts = await checkoutDoors(world);
    ends = await bearerDoors(world, expireCheckout, BUYER);
  });

  beforeEach(() => world.db.exec("DELETE FROM closed_modes"));

  const forever = (path: string, kind: Kind) =>
    world.sandbox.fault({ ...kind, target: "api", path, times: 1000 } as FaultRequest);

  /** Repeats a call with its own key as long as it is told to; how often it called, over how long, and the last code. */
  async function obey(door: Door, args: Record<string, unknown>) {
    const start = world.clock.now();
    for (let calls = 1; ; calls++) {
      const answer = await door(args);
      const wait = Number(answer.headers.get("Retry-After") ?? 0);
      if (wait === 0) return { code: answer.code, calls, hours: (world.clock.now() - start) / 3_600_000 };
      expect(["provider_unavailable", "outcome_unknown", "operation_in_progress"]).toContain(answer.code);
      if (calls > MOST_CALLS) throw new Error(`no final answer after ${calls} calls`);
      await world.advance(wait);
    }
  }

  test.for<[string, Kind, Kind | undefined, string, number]>([
    ["400", { kind: "status", status: 400 }, undefined, "provider_refused", 1],
    ["401", { kind: "status", status: 401 }, undefined, "provider_refused", 1],
    ["403", { kind: "status", status: 403 }, undefined, "provider_refused", 1],
    ["409", { kind: "status", status: 409 }, undefined, "ineligible_state", MOST_CALLS],
    ["429", { kind: "status", status: 429 }, undefined, "ineligible_state", MOST_CALLS],
    ["500", { kind: "fail_before" }, undefined, "ineligible_state", MOST_CALLS],
    ["500, and no list", { kind: "fail_before" }, { kind: "fail_before" }, "ineligible_state", MOST_CALLS],
    ["stored 500", { kind: "stored_500" }, undefined, "ineligible_state", MOST_CALLS],
  ])(
    "Stripe answers the start with %s until the end: a final answer",
    async ([what, kind, onList, code, most], { task }) => {
      world.quiet = true;
      await forever(CREATE, kind);
      if (onList) await forever(LIST, onList);
      const end = await obey(starts.http, await launchPassCall(world));
      console.info(`${what}: ${end.code} after ${end.calls} calls in ${end.hours.toFixed(1)} h`);
      expect(end.code).toBe(code);
      expect(end.calls).toBeLessThanOrEqual(most);
      const stuck = await world.all("SELECT id FROM operations WHERE status IN ('pending', 'outcome_unknown')");
      expect(stuck).toEqual([]);
      tell(task, "P14", {
        counts: { "agents that obey": 1, "calls of theirs": end.calls },
        worst: { "calls until a final answer": end.calls },
      });
    },
  );

  test("Stripe never ends a session: the agent hears at last that its time is over", async () => {
    const started = resultOf(await starts.http(await launchPassCall(world)));
    await forever(EXPIRE, { kind: "status", status: 429 });
    const end = await obey(ends.http, {
      checkoutIntentId: started.checkoutIntentId,
      confirmationText: "Expire open checkout for Bumpgrade launch pass at 9.00 USD",
      expectedUpdatedAt: started.updatedAt,
      idempotencyKey: "end",
    });
    console.info(`no end: ${end.code} after ${end.calls} calls in ${end.hours.toFixed(1)} h`);
    expect(end.code).toBe("ineligible_state");
  });

  test("a mode that was closed by a refused key opens at once with another key", async () => {
    world.quiet = true;
    await forever(CREATE, { kind: "status", status: 401 });
    expect((await starts.http(await launchPassCall(world))).code).toBe("provider_refused");
    expect((await starts.http(await launchPassCall(world))).code).toBe("ineligible_state");
    await forever(LIST, { kind: "status", status: 401 });
    await world.scheduled();
    expect((await starts.http(await launchPassCall(world))).code).toBe("ineligible_state");
    // A changed key is tried, whatever Stripe said of the other one.
    world.restart({ STRIPE_SECRET_KEY_SANDBOX: `sk_test_${"1".repeat(24)}` });
    const before = (await world.sandbox.calls()).length;
    expect((await starts.http(await launchPassCall(world))).code).toBe("provider_refused");
    expect((await world.sandbox.calls()).length).toBe(before + 1);
    // Stripe knows the right of the first key again, and a 403 proves it as well as an answer.
    world.restart();
    await world.sandbox.clearFaults();
    await forever(LIST, { kind: "status", status: 403 });
    await world.scheduled();
    expect(await world.all("SELECT stripe_mode FROM closed_modes")).toEqual([]);
    expect((await starts.http(await launchPassCall(world))).code).toBeUndefined();
  });
});
