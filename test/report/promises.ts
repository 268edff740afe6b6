import { MUTANTS } from "../mutation/parts.ts";
import { mutationSources } from "../mutation/sources.ts";
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
  {
    id: "S9",
    title: "The tests notice a mistake in the code",
    promised:
      "a mutation score of 90 % or more on kernel, approvals, facts, purchase, money, redaction, auth, receipts, Stripe's readers and the SQL guards; a seeded sample of 297 by area, and every trigger",
    tests: ["test/bench/mutation.bench.node.ts"],
    full: { count: "mutants", size: MUTANTS },
    sources: mutationSources(),
  },
];
