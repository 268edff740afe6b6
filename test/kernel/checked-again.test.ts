import { afterEach, expect, test } from "vitest";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { launchPassCall, resultOf } from "../support/launch-pass.ts";
import { limitedApp } from "../support/limits.ts";

const MOST_CLAIMS = 4;

describeInWorld("a guard that refuses what the check allows", { reset: true }, (world) => {
  afterEach(() => world.all("DROP TRIGGER IF EXISTS defect"));

  /** A call whose claims a guard aborts, but for the one with this number, if any. */
  async function called(guard: string, passing?: number) {
    const app = await limitedApp(world, { mostADay: "20" });
    const call = await launchPassCall(world);
    await world.all(
      `CREATE TRIGGER defect BEFORE INSERT ON operations BEGIN SELECT RAISE(ABORT, 'guard:${guard}'); END`,
    );
    let claims = 0;
    world.database.passThrough(async (tables, run) => {
      if (tables.includes("operations") && ++claims === passing) await world.all("DROP TRIGGER defect");
      return run();
    });
    return { start: () => app.start(call), claims: () => claims };
  }

  test.each(["over_limit", "proof_raised", "declined", "bound:openCheckouts"])(
    "%s: after four claims the call ends as a fault with a reference, nothing is written, and its key is free",
    async (guard) => {
      const { start, claims } = await called(guard);
      world.quiet = true;
      const answer = await unchanged(world, start);
      expect(answer).toMatchObject({ code: "internal", body: { reference: expect.any(String) } });
      expect(claims()).toBe(MOST_CLAIMS);
      await world.all("DROP TRIGGER defect");
      expect(resultOf(await start())).toBeDefined();
    },
  );

  test("the last claim may pass", async () => {
    const { start } = await called("over_limit", MOST_CLAIMS);
    expect(resultOf(await start())).toBeDefined();
  });

  test("a limit that is met while the claims fail is told as such", async () => {
    const { start } = await called("over_limit");
    let claims = 0;
    world.database.passThrough((tables, run) => {
      const isLast = tables.includes("operations") && ++claims === MOST_CLAIMS;
      return run().finally(() => isLast && world.all("UPDATE grant_limits SET most_a_day = 0"));
    });
    expect(await start()).toMatchObject({ code: "approval_required" });
  });
});
