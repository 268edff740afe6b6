import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { CREATE, checkoutDoors, launchPassCall, resultOf, sessionBehind } from "../support/launch-pass.ts";

describeInWorld("start_checkout, repeated an hour later", { reset: true }, (world) => {
  test("a session whose answer is lost then is found at once, in the time of that call", async () => {
    const doors = await checkoutDoors(world);
    const call = await launchPassCall(world);
    await world.sandbox.fault({ target: "api", path: CREATE, kind: "drop_connection_before" });
    expect((await doors.http(call)).code).toBe("outcome_unknown");
    await world.advance(3600);
    await world.sandbox.fault({ target: "api", path: CREATE, kind: "drop_connection_after" });
    await sessionBehind(world, resultOf(await doors.http(call)));
    expect(await world.sandbox.sessions()).toHaveLength(1);
  });
});
