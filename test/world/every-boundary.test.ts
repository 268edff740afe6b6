import { afterAll, beforeAll, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { Campaign, singles } from "./campaign.ts";
import { SHORT } from "./plans.ts";
import { openSimulator, type Simulator } from "./simulator.ts";

describeInWorld("a fault at every boundary of a short plan", {}, (world) => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await openSimulator(world);
  });
  afterAll(() => simulator.close());

  test.each(SHORT.map((plan) => [plan.name, plan] as const))("%s", async (_, plan) => {
    const c = new Campaign(simulator);
    const scene = await c.scene(plan);
    console.log(scene.straight.boundaries.length, singles(scene).length);
    console.log(scene.straight.boundaries.map(b => `${b.flow}#${b.number} ${b.place} ${b.what}`).join("\n"));
  }, 3600_000);
});
