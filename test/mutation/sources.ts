import { globSync } from "node:fs";
import { ROOT } from "../../src/dev/local/root.ts";
import { AREAS } from "./areas.ts";

/** What the line S9 depends on beside what its test imports: the files that are changed, and the tests that have to notice. */
export const mutationSources = (): readonly string[] => [
  "stryker.config.mjs",
  "vitest.worker.config.ts",
  "test/mutation",
  ...AREAS.flatMap(({ mutate, tests }) => globSync([...mutate, ...tests], { cwd: ROOT })),
];
