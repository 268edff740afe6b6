import { afterAll, beforeAll, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { partNumber, size } from "../support/size.ts";
import { anyPair, Campaign, type Job, pairs, type Scene, singles } from "./campaign.ts";
import { chanceOf, oneOf, shuffled } from "./chance.ts";
import { CORE, SHORT } from "./plans.ts";
import { openSimulator, type Simulator } from "./simulator.ts";

const PLAYS = size({ ci: 14, part: 220 });
/** The suite plays the same worlds everywhere; the parts of a report play the whole list. */
const SUITE_SEED = 182586345;
const PATIENCE_MS = 7_200_000;

describeInWorld("short plans", {}, (world) => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await openSimulator(world);
  });
  afterAll(() => simulator.close());

  test(
    "with every fault at every boundary, and with pairs of faults",
    async ({ task }) => {
      const campaign = new Campaign(simulator);
      const scenes: Scene[] = [];
      for (const plan of SHORT) scenes.push(await campaign.scene(plan));
      const all = everyJob(scenes);
      const jobs = chosen(all, scenes);
      for (const job of jobs) await campaign.play(job);
      campaign.tally.tell(task, { "short plans": scenes.length, "jobs of all short plans": all.length });
    },
    PATIENCE_MS,
  );
});

/** The exhaustive list: every fault at every boundary of every scene, and the pairs of the core. Losses come first. */
function everyJob(scenes: readonly Scene[]): Job[] {
  const one = scenes.flatMap(singles);
  const isLoss = ({ faults }: Job) => [...faults.values()].every((fault) => fault === "before" || fault === "after");
  const core = scenes.filter(({ plan }) => plan === CORE).flatMap(pairs);
  return [...one.filter(isLoss), ...one.filter((job) => !isLoss(job)), ...core];
}

/** A part plays its stretch of the list, and pairs of chance once the list is over; the suite plays the same few. */
function chosen(all: readonly Job[], scenes: readonly Scene[]): Job[] {
  const seed = Number(process.env.TEST_SEED) || SUITE_SEED;
  console.info(`faults of short plans: TEST_SEED=${seed}`);
  const chance = chanceOf(seed);
  if (partNumber === undefined) return shuffled(all, chance).slice(0, PLAYS);
  const own = all.slice((partNumber - 1) * PLAYS, partNumber * PLAYS);
  const more = Array.from({ length: PLAYS - own.length }, () => anyPair(oneOf(scenes, chance), chance() * 2 ** 31));
  return [...own, ...more];
}
