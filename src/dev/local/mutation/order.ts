import type { Mutant } from "./mutants.ts";
import type { Reach } from "./reach.ts";

/** Which test files to try on a mutant, the most promising first. */
export interface TestOrder {
  for(mutant: Mutant): { test: string; ms: number }[];
  /** Remembers how it went: what has killed mutants of a source file is tried on its others first. */
  learn(mutant: Mutant, test: string, killed: boolean): void;
}

/** By the mutants that a second of the test file has killed in this source file, or may be expected to. */
export function orderTests(reach: Reach): TestOrder {
  const past = new Map<string, { runs: number; kills: number }>();
  const pastOf = (mutant: Mutant, test: string) => past.get(`${mutant.file} ${test}`) ?? { runs: 0, kills: 0 };
  const worth = (mutant: Mutant, { test, ms }: { test: string; ms: number }) => {
    const { runs, kills } = pastOf(mutant, test);
    return (kills + 0.5) / (runs + 1) / ms;
  };
  return {
    for: (mutant) => reach.testsFor(mutant).sort((left, right) => worth(mutant, right) - worth(mutant, left)),
    learn(mutant, test, killed) {
      const { runs, kills } = pastOf(mutant, test);
      past.set(`${mutant.file} ${test}`, { runs: runs + 1, kills: kills + (killed ? 1 : 0) });
    },
  };
}
