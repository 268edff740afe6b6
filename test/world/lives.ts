import fc from "fast-check";
import { APPS, type App, ARRIVE, type By, type Door, type Plan, type Step, SUBSCRIPTION_ACTIONS } from "./plan.ts";

const doors = fc.constantFrom<Door>("http", "mcp");
const chance = fc.boolean();

/** What becomes of a pass: how it is started and paid, what is written about it, and how its money ends. */
const passes = fc.record({
  app: fc.constantFrom<App>(...APPS),
  bump: chance,
  by: fc.constantFrom<By>("http", "mcp", "http", "mcp", "page", "page, declined"),
  racers: fc.constantFrom(1, 1, 1, 3),
  outcome: fc.constantFrom("paid", "paid", "paid", "delayed", "failed", "run out", "expire"),
  settled: fc.constantFrom("succeeded", "failed"),
  returns: chance,
  writes: fc.subarray(["answer", "evidence", "review", "revoke"] as const),
  door: doors,
  money: fc.constantFrom("kept", "kept", "part", "all", "won", "lost", "open"),
});

/** What becomes of a plan, month by month. */
const plans = fc.record({
  setup: chance,
  by: fc.constantFrom<By>("http", "mcp", "page"),
  outcome: fc.constantFrom("paid", "paid", "paid", "delayed", "failed", "expire"),
  settled: fc.constantFrom("succeeded", "failed"),
  returns: chance,
  door: doors,
  months: fc.array(fc.constantFrom(...SUBSCRIPTION_ACTIONS), { maxLength: 3 }),
  refunded: chance,
});

type Chance<T> = T extends fc.Arbitrary<infer Value> ? Value : never;

function lifeOfPass(order: string, life: Chance<typeof passes>): Step[] {
  const { app, bump, by, racers, outcome, settled, returns, writes, door, money } = life;
  const start: Step =
    racers > 1
      ? { do: "race", order, app, racers }
      : { do: "start", order, app, goods: bump ? "pass with bump" : "pass", by };
  if (by === "page, declined" && racers === 1) return [start];
  const paid = outcome === "paid" || (outcome === "delayed" && settled === "succeeded");
  return [
    start,
    ...ending(order, outcome, settled, door),
    ...(returns && outcome !== "expire" ? [{ do: "return", order } as const] : []),
    ...(paid ? [ARRIVE, ...writes.map((what): Step => ({ do: what, order, door }))] : []),
    ...(paid ? moneyOf(order, money) : []),
  ];
}

function lifeOfPlan(order: string, app: App, life: Chance<typeof plans>): Step[] {
  const { setup, by, outcome, settled, returns, door, months, refunded } = life;
  const paid = outcome === "paid" || (outcome === "delayed" && settled === "succeeded");
  return [
    { do: "start", order, app, goods: setup ? "plan with setup" : "plan", by },
    ...ending(order, outcome, settled, door),
    ...(returns && outcome !== "expire" ? [{ do: "return", order } as const] : []),
    ...(paid ? months.map((action): Step => ({ do: "subscription", order, action })) : []),
    ...(paid && refunded ? [{ do: "refund", order, all: true } as const] : []),
  ];
}

function ending(order: string, outcome: string, settled: "succeeded" | "failed", door: Door): Step[] {
  if (outcome === "run out") return [{ do: "run out", order }];
  if (outcome === "expire") return [{ do: "expire", order, door }];
  const pay = { do: "pay", order, outcome: outcome as "paid" | "delayed" | "failed" } as const;
  return outcome === "delayed" ? [pay, { do: "settle", order, outcome: settled }] : [pay];
}

function moneyOf(order: string, money: Chance<typeof passes>["money"]): Step[] {
  if (money === "kept") return [];
  if (money === "part" || money === "all") return [{ do: "refund", order, all: money === "all" }];
  return [{ do: "dispute", order, end: money }];
}

/** What comes between the steps of lives: deliveries at random, the schedule, time, wrong clocks, uploads, deploys. */
const between = fc.oneof<fc.Arbitrary<Step>[]>(
  fc.record({ do: fc.constant("deliver"), shuffled: chance, copies: fc.constantFrom(1, 2), lost: chance }),
  fc.record({ do: fc.constant("schedule"), runs: fc.constantFrom(1, 2) }),
  fc.record({ do: fc.constant("wait"), seconds: fc.constantFrom(30, 400, 4000) }),
  fc.record({ do: fc.constant("clock"), how: fc.constantFrom("back", "ahead", "stands") }),
  fc.record({ do: fc.constant("upload"), file: fc.constantFrom("one", "two"), by: fc.constantFrom("inline", "link") }),
  fc.constant({ do: "deploy" }),
);

/** A fault drawn before the plan is played: `at` picks one of its boundaries, `kind` one of the faults possible there. */
export interface Struck {
  readonly at: number;
  readonly kind: number;
}

/** A whole plan of chance, and sets of faults to play it with. */
export const plansOfChance: fc.Arbitrary<{ plan: Plan; strikes: readonly (readonly Struck[])[] }> = fc
  .record({
    seed: fc.nat(),
    callers: fc.constantFrom<Plan["callers"]>("repeats", "repeats", "repeats", "gives up"),
    passes: fc.array(passes, { minLength: 1, maxLength: 2 }),
    plans: fc.array(plans, { maxLength: 1 }),
    others: fc.boolean(),
    turns: fc.array(fc.nat(2), { minLength: 20, maxLength: 20 }),
    between: fc.array(fc.record({ after: fc.nat(12), step: between }), { minLength: 1, maxLength: 6 }),
    strikes: fc.array(
      fc.array(fc.record({ at: fc.double({ min: 0, max: 0.9999, noNaN: true }), kind: fc.nat(40) }), {
        minLength: 1,
        maxLength: 3,
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ seed, callers, passes: sold, plans: months, others, turns, between: chances, strikes }) => {
    const lives = [
      ...sold.map((life, index) => lifeOfPass("ab"[index] ?? "x", life)),
      ...months.map((life) => lifeOfPlan("p", others ? "other buyer's app" : "buyer's app", life)),
    ];
    const steps = withChances(merged(lives, turns), chances);
    return { plan: { name: "of chance", seed, callers, steps }, strikes };
  });

/** The steps of all lives in one order: `turns` says which life has the next one. */
function merged(lives: readonly Step[][], turns: readonly number[]): Step[] {
  const queues = lives.map((life) => [...life]);
  const steps: Step[] = [];
  for (let turn = 0; queues.some((queue) => queue.length > 0); turn++) {
    const waiting = queues.filter((queue) => queue.length > 0);
    const next = waiting[(turns[turn % turns.length] ?? 0) % waiting.length]?.shift();
    if (next) steps.push(next);
  }
  return steps;
}

/** The steps with what comes between them. A file that was uploaded is not uploaded again. */
function withChances(steps: readonly Step[], chances: readonly { after: number; step: Step }[]): Step[] {
  const all = [...steps];
  const files = new Set<string>();
  for (const { after, step } of chances) {
    if (step.do === "upload" && files.has(step.file)) continue;
    if (step.do === "upload") files.add(step.file);
    all.splice(Math.min(after, all.length), 0, step);
  }
  return all;
}
