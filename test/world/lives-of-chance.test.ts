import { afterAll, beforeAll, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { holds } from "../support/random.ts";
import { size } from "../support/size.ts";
import { at, type Faults } from "./boundaries.ts";
import { Campaign } from "./campaign.ts";
import { faultsAt } from "./faults.ts";
import { plansOfChance, type Struck } from "./lives.ts";
import { openSimulator, type Played, type Simulator } from "./simulator.ts";

const PLANS = size({ ci: 5, part: 40 });
/** The suite plays the same worlds everywhere; the parts of a report draw others. */
const SUITE_SEED = 1843887427;
const PATIENCE_MS = 7_200_000;

describeInWorld("plans of chance", {}, (world) => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await openSimulator(world);
  });
  afterAll(() => simulator.close());

  test(
    "of many lives at once, with faults, lost and repeated deliveries, wrong clocks and deploys",
    async ({ task }) => {
      const campaign = new Campaign(simulator);
      await holds("worlds", plansOfChance, { runs: PLANS, seed: SUITE_SEED }, async ({ plan, strikes }) => {
        const scene = await campaign.scene(plan);
        for (const struck of strikes) await campaign.play({ scene, faults: faultsOf(struck, scene.crossed) });
      });
      campaign.tally.tell(task, { "plans of chance": PLANS });
    },
    PATIENCE_MS,
  );
});

/** The faults at boundaries that the plan crossed without them. */
function faultsOf(struck: readonly Struck[], { boundaries }: Played): Faults {
  return new Map(
    struck.flatMap(({ at: place, kind }) => {
      const boundary = boundaries[Math.floor(place * boundaries.length)];
      if (!boundary) return [];
      const faults = faultsAt(boundary.place, true);
      const fault = faults[kind % faults.length];
      return fault ? [[at(boundary.flow, boundary.number), fault] as const] : [];
    }),
  );
}
