import type { Line } from "./line.ts";

/** What the server promises, and the tests that show it. `test/REPORT.md` is made from it. */
export const promises: readonly Line[] = [
  {
    id: "P6",
    title: "A Stripe event is applied once",
    promised: "100,000 deliveries, half of them repeats: effects = distinct events",
    tests: ["test/life/deliveries.test.ts"],
    full: { count: "deliveries", size: 100_000 },
  },
];
