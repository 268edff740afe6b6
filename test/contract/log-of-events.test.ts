import { afterEach, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { sale } from "../support/sale.ts";

describeInWorld("the log of an event that could not be applied", { reset: true }, (world) => {
  afterEach(() => world.all("DROP TRIGGER IF EXISTS defect"));

  test("names its type and the place of the fault, and nothing of its message", async () => {
    await sale(world, { outcome: "none" });
    const [session] = await world.sandbox.sessions();
    await world.sandbox.pay(session?.id ?? "", "paid");
    await world.all(
      "CREATE TRIGGER defect BEFORE INSERT ON product_entitlements BEGIN SELECT RAISE(ABORT, 'a defect met somebody@example.com'); END",
    );
    world.quiet = true;
    await world.deliver();
    world.quiet = false;
    const lines = world.log.filter(({ event, name }) => event === "internal" && name === "checkout.session.completed");
    expect(lines).toEqual([
      {
        event: "internal",
        name: "checkout.session.completed",
        code: "event_failed",
        fault: expect.stringMatching(/^\w+ at \S/),
      },
    ]);
    expect(JSON.stringify(lines)).not.toContain("defect");
  });
});
