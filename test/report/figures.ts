import type { Line } from "./line.ts";

/** What the server costs, and the measurements that say so. `test/BENCH.md` is made from it. */
export const figures: readonly Line[] = [
  {
    id: "ratios",
    title: "CPU of a call, ours compared with the floor Worker and the bare handler",
    promised: "ours ÷ floor at most 1.2 for a list of tools, 1.3 for a read and a replay, 1.5 for a first write",
    tests: ["test/bench/ratios.bench.node.ts"],
    sources: ["test/bench/bare", "test/bench/floor", "test/bench/recorder", "test/bench/empty"],
  },
  {
    id: "counts",
    title:
      "Round trips, statements, rows and calls of each tool, resource, event and route; all of them are in test/counts/table.md",
    promised:
      "first local write 2 trips, replay 1, event at most 2, checkout 3 and a call to Stripe, read 1; at most 20 rows a call",
    tests: ["test/counts/table.test.ts"],
  },
  {
    id: "plans",
    title: "SQLite's plan of each statement",
    promised: "none scans a table",
    tests: ["test/counts/table.test.ts"],
  },
  {
    id: "flat",
    title: "The same counts at 1,000 and at 100,000 purchases",
    promised: "the same",
    tests: ["test/counts/flat.test.ts"],
  },
  {
    id: "bytes",
    title: "Bytes of D1 that a purchase takes, by table",
    promised: "less than 19,500",
    tests: ["test/counts/bytes.test.ts"],
  },
  {
    id: "profile",
    title: "Where the CPU of a call goes, by package; stacks for a flame graph are in test/bench/profiles",
    promised: "no goal",
    tests: ["test/bench/profile.bench.node.ts"],
  },
  {
    id: "start",
    title: "CPU from the start of the Worker to its first answer, and the size of the bundle",
    promised: "at most 1.5 times the bare handler's CPU; at most 640 KiB gzip",
    tests: ["test/bench/start.bench.node.ts"],
    sources: ["test/bench/bare", "test/bench/empty"],
  },
  {
    id: "weights",
    title: "What each dependency adds to the bundle and to the CPU of a start",
    promised: "no goal",
    tests: ["test/bench/weights.bench.node.ts"],
  },
  {
    id: "load",
    title: "A mixed load with 1 to 64 requests at once; the floor Worker gets the same load",
    promised:
      "20,000 requests: each answered, each write settled once, 0 refused otherwise than declared; what the isolate holds after garbage is collected stays flat",
    tests: ["test/bench/load.bench.node.ts"],
    full: { count: "requests", size: 20_000 },
    sources: ["test/bench/bare", "test/bench/floor", "test/bench/recorder"],
  },
];
