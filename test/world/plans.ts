import type { Plan, Step } from "./plan.ts";

const arrive: Step = { do: "deliver", shuffled: false, copies: 1, lost: false };
const app = "buyer's app";

/** Short plans, in which a fault is put at every boundary. */
export const SHORT: readonly Plan[] = [
  {
    name: "a pass is sold",
    seed: 1,
    callers: "repeats",
    steps: [
      { do: "start", order: "a", app, goods: "pass with bump", by: "http" },
      { do: "pay", order: "a", outcome: "paid" },
      { do: "return", order: "a" },
      arrive,
    ],
  },
];
