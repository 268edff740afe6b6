import { afterEach, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { launchPassCall, resultOf } from "../support/launch-pass.ts";
import { limitedApp } from "../support/limits.ts";

describeInWorld("a guard that refuses what the check allows", { reset: true }, (world) => {
  afterEach(() => world.all("DROP TRIGGER IF EXISTS defect"));

  test.each(["over_limit", "proof_raised", "declined", "bound:openCheckouts"])(
    "%s: the call ends as a fault with a reference, nothing is written, and its key stays free",
    async (guard) => {
      const app = await limitedApp(world, { mostADay: "20" });
      const call = await launchPassCall(world);
      const count = () => world.all("SELECT count(*) AS n FROM operations");
      const before = await count();
      await world.all(
        `CREATE TRIGGER defect BEFORE INSERT ON operations BEGIN SELECT RAISE(ABORT, 'guard:${guard}'); END`,
      );
      expect(await app.start(call)).toMatchObject({ code: "internal", body: { reference: expect.any(String) } });
      expect(await count()).toEqual(before);
      await world.all("DROP TRIGGER defect");
      expect(resultOf(await app.start(call))).toBeDefined();
    },
  );
});
