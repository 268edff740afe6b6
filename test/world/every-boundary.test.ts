import { afterAll, beforeAll, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { at, type Faults } from "./boundaries.ts";
import { faultsAt } from "./faults.ts";
import { SHORT } from "./plans.ts";
import { reportOf, violationsOf } from "./report.ts";
import { openSimulator, type Simulator } from "./simulator.ts";

describeInWorld("a fault at every boundary of a short plan", {}, (world) => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await openSimulator(world);
  });
  afterAll(() => simulator.close());

  test.each(SHORT.map((plan) => [plan.name, plan] as const))("%s", async (_, plan) => {
    const straight = await simulator.play(plan, new Map(), { straight: true });
    const clean = violationsOf(straight, straight);
    console.log(straight.boundaries.map(b => `${b.flow}#${b.number} ${b.place} ${b.what}`).join("\n"));
    if (clean.length) throw new Error(reportOf(plan, new Map(), straight, clean));
    let n = 0;
    let b = 0;
    for (const boundary of straight.boundaries) {
      for (const fault of faultsAt(boundary.place, true)) {
        const faults: Faults = new Map([[at(boundary.flow, boundary.number), fault]]);
        const played = await simulator.play(plan, faults);
        const v = violationsOf(played, straight);
        n++;
        if (v.length) b++, console.log("BAD", reportOf(plan, faults, played, v));
      }
    }
    console.log(n, "faults", b, "bad");
    expect(b).toBe(0);
  }, 3600_000);
});
