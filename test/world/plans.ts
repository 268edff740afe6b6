import { ARRIVE, type Plan, type Step } from "./plan.ts";

const RUN: Step = { do: "schedule", runs: 1 };
const app = "buyer's app";
const sold = (order: string): Step[] => [
  { do: "start", order, app, goods: "pass with bump", by: "http" },
  { do: "pay", order, outcome: "paid" },
];

const plan = (name: string, seed: number, steps: readonly Step[], callers: Plan["callers"] = "repeats"): Plan => ({
  name,
  seed,
  steps,
  callers,
});

/** The core of the product: it is played with pairs of faults, too. */
export const CORE = plan("a pass is sold", 1, [...sold("a"), { do: "return", order: "a" }, ARRIVE]);

/** Short plans, each played with every fault at every boundary. Together they make every write. */
export const SHORT: readonly Plan[] = [
  CORE,
  plan("a pass is sold, its caller gives up", 2, [...sold("a"), ARRIVE, RUN], "gives up"),
  plan("a plan is sold, renewed and refunded", 3, [
    { do: "start", order: "p", app: "other buyer's app", goods: "plan with setup", by: "mcp" },
    { do: "pay", order: "p", outcome: "paid" },
    ARRIVE,
    { do: "subscription", order: "p", action: "renew" },
    ARRIVE,
    { do: "refund", order: "p", all: true },
    ARRIVE,
  ]),
  plan("a person approves by page", 4, [
    { do: "start", order: "a", app: "buyer's other app", goods: "pass", by: "page" },
    { do: "pay", order: "a", outcome: "paid" },
    ARRIVE,
  ]),
  plan("a person declines by page", 5, [{ do: "start", order: "a", app, goods: "pass", by: "page, declined" }]),
  plan("an open checkout is ended", 6, [
    { do: "start", order: "a", app, goods: "pass", by: "mcp" },
    { do: "expire", order: "a", door: "http" },
    ARRIVE,
  ]),
  plan(
    "an open checkout is ended, its caller gives up",
    7,
    [{ do: "start", order: "a", app, goods: "pass", by: "mcp" }, { do: "expire", order: "a", door: "mcp" }, RUN],
    "gives up",
  ),
  plan("all is written about a sale", 8, [
    ...sold("a"),
    ARRIVE,
    { do: "answer", order: "a", door: "mcp" },
    { do: "evidence", order: "a", door: "http" },
    { do: "review", order: "a", door: "mcp" },
    { do: "revoke", order: "a", door: "http" },
  ]),
  plan("money comes late and goes back", 9, [
    { do: "start", order: "a", app, goods: "pass", by: "http" },
    { do: "pay", order: "a", outcome: "delayed" },
    { do: "settle", order: "a", outcome: "succeeded" },
    ARRIVE,
    { do: "refund", order: "a", all: false },
    { do: "dispute", order: "a", end: "lost" },
    ARRIVE,
  ]),
  plan("files are uploaded", 10, [
    { do: "upload", file: "one", by: "inline" },
    { do: "upload", file: "two", by: "link" },
    RUN,
  ]),
  plan("half of all events are lost, and two runs find them at once", 11, [
    ...sold("a"),
    { do: "start", order: "b", app: "other buyer's app", goods: "plan", by: "http" },
    { do: "pay", order: "b", outcome: "paid" },
    { do: "deliver", shuffled: true, copies: 1, lost: true },
    { do: "wait", seconds: 400 },
    { do: "schedule", runs: 2 },
  ]),
  plan("many call at once", 12, [
    { do: "race", order: "a", app, racers: 3 },
    { do: "pay", order: "a", outcome: "paid" },
    { do: "together", steps: [{ do: "return", order: "a" }, ARRIVE, RUN] },
  ]),
  plan("the clock goes back, and stands", 13, [
    { do: "start", order: "a", app, goods: "pass", by: "http" },
    { do: "clock", how: "back" },
    { do: "pay", order: "a", outcome: "paid" },
    ARRIVE,
    { do: "clock", how: "stands" },
    { do: "answer", order: "a", door: "http" },
    { do: "evidence", order: "a", door: "mcp" },
    { do: "refund", order: "a", all: true },
    ARRIVE,
  ]),
];
