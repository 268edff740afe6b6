import type { Line } from "./line.ts";

/** What the server costs, and the measurements that say so. `test/BENCH.md` is made from it. */
export const figures: readonly Line[] = [
  {
    id: "ratios",
    title: "CPU of a call, beside the floor Worker and beside a bare handler",
    promised: "ours ÷ floor at most 1.2 for a list of tools, 1.3 for a read and a replay, 1.5 for a first write",
    tests: ["test/bench/ratios.bench.node.ts"],
    sources: ["test/bench/bare", "test/bench/floor", "test/bench/recorder", "test/bench/empty"],
  },
];
