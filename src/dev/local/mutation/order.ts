import type { Mutant } from "./mutants.ts";
import type { Reach } from "./reach.ts";

/** Which test files to try on a mutant, the most promising first. */
export interface TestOrder {
  for(mutant: Mutant): { test: string; ms: number }[];
  /** Remembers how it went: what has killed mutants of a source file is tried on its others first. */
  learn(mutant: Mutant, test: string, killed: boolean): void;
}

/** By the mutants that a second of the test file has killed in this source file, or may be expected to. */
export function orderTests({ marks, tests }: Reach): TestOrder {
  const past = new Map<string, { runs: number; kills: number }>();
  const pastOf = (mutant: Mutant, test: string) => past.get(`${mutant.file} ${test}`) ?? { runs: 0, kills: 0 };
  return {
    for(mutant) {
      const part = marks.get(mutant.file)?.partAt(mutant.start);
      const worth = (test: string, ms: number) => {
        const { runs, kills } = pastOf(mutant, test);
        return (kills + 0.5) / (runs + 1) / ms;
      };
      return [...tests]
        .filter(([, { parts }]) => part !== undefined && parts.includes(part))
        .map(([test, { ms }]) => ({ test, ms, worth: worth(test, ms) }))
        .sort((left, right) => right.worth - left.worth);
    },
    learn(mutant, test, killed) {
      const { runs, kills } = pastOf(mutant, test);
      past.set(`${mutant.file} ${test}`, { runs: runs + 1, kills: kills + (killed ? 1 : 0) });
    },
  };
}
