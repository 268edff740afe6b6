import { beforeAll, beforeEach, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Doors } from "../support/doors.ts";
import { CREATE, checkoutDoors, launchPassCall, resultOf, sessionBehind } from "../support/launch-pass.ts";

describeInWorld("start_checkout, after a call that was lost", { reset: true }, (world) => {
  let doors: Doors;
  let call: Awaited<ReturnType<typeof launchPassCall>>;
  beforeAll(async () => {
    doors = await checkoutDoors(world);
  });
  beforeEach(async () => {
    call = await launchPassCall(world);
    await world.sandbox.fault({ target: "api", path: CREATE, kind: "drop_connection_before" });
    expect((await doors.http(call)).code).toBe("outcome_unknown");
  });

  test("an hour later, a session whose answer is lost too is found at once, in the time of that call", async () => {
    await world.advance(3600);
    await world.sandbox.fault({ target: "api", path: CREATE, kind: "drop_connection_after" });
    await sessionBehind(world, resultOf(await doors.http(call)));
    expect(await world.sandbox.sessions()).toHaveLength(1);
  });

  test("a refusal is counted for the owner at once, and is final only once the lost call can no longer arrive", async () => {
    const refused = { target: "api", path: CREATE, kind: "status", status: 400 } as const;
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
});
