import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { checkoutDoors, launchPassCall } from "../support/launch-pass.ts";

describeInWorld("the log of a write", {}, (world) => {
  test("has a line for each answer, with the operation and whether it is a replay", async () => {
    const { http } = await checkoutDoors(world);
    const call = await launchPassCall(world);
    const { operationId } = (await http(call)).body;
    await http(call);
    const line = { event: "write", name: "start_checkout", operationId };
    expect(world.log.filter(({ event }) => event === "write")).toEqual([
      { ...line, code: "succeeded" },
      { ...line, code: "replayed" },
    ]);
  });
});
