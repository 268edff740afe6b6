import { beforeAll, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { CREATE, checkoutDoors, LIST, launchPassCall, resultOf, sessionBehind } from "../support/launch-pass.ts";

describeInWorld("start_checkout, after a call that was lost", { reset: true }, (world) => {
  let doors: Doors;
  beforeAll(async () => {
    doors = await checkoutDoors(world);
  });

  const silentList = () => world.sandbox.fault({ target: "api", path: LIST, kind: "fail_before" });

  /** A call whose connection broke before or after Stripe made the session. */
  async function lost(kind: "drop_connection_before" | "drop_connection_after") {
    const call = await launchPassCall(world);
    await world.sandbox.fault({ target: "api", path: CREATE, kind });
    await silentList();
    expect((await doors.http(call)).code).toBe("outcome_unknown");
    return call;
  }

  test("an hour later, the session of a second lost answer is found by the same call", async () => {
    const call = await lost("drop_connection_before");
    await world.advance(3600);
    await world.sandbox.fault({ target: "api", path: CREATE, kind: "drop_connection_after" });
    await sessionBehind(world, resultOf(await doors.http(call)));
    expect(await world.sandbox.sessions()).toHaveLength(1);
  });

  test("a refusal is counted for the owner at once, and is final only once the lost call can no longer arrive", async () => {
    const call = await lost("drop_connection_before");
    const refused = { target: "api", path: CREATE, kind: "status", status: 400 } as const;
    await world.all("DELETE FROM provider_refusals");
    const counted = () => world.all("SELECT stripe_call, count FROM provider_refusals");
    await world.sandbox.fault(refused);
    expect((await doors.http(call)).code).toBe("outcome_unknown");
    expect(await counted()).toEqual([{ stripe_call: "checkout.sessions.create", count: 1 }]);
    await world.advance(3600);
    await world.sandbox.fault(refused);
    expect((await doors.http(call)).code).toBe("provider_refused");
    expect(await counted()).toEqual([{ stripe_call: "checkout.sessions.create", count: 2 }]);
    expect(await world.sandbox.sessions()).toEqual([]);
  });

  test("near the end of the checkout nothing is decided while Stripe's list fails; then its page is found", async () => {
    const call = await lost("drop_connection_after");
    await world.advance(22 * 3600 + 40 * 60);
    await silentList();
    expect((await doors.http(call)).code).toBe("outcome_unknown");
    const [intent] = await world.all(
      "SELECT status FROM checkout_intents WHERE idempotency_key = ?",
      call.idempotencyKey,
    );
    expect(intent).toEqual({ status: "blocked" });
    await sessionBehind(world, resultOf(await doors.http(call)));
    expect(await world.sandbox.sessions()).toHaveLength(1);
  });
});
