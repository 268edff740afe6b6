import { globSync } from "node:fs";
import { ROOT } from "../../src/dev/local/root.ts";
import { AREAS } from "./areas.ts";
import { testFiles } from "./test-files.ts";

/** What the line S9 depends on beside what its test imports: the files that are changed, and the tests that have to notice. */
export const mutationSources = (): readonly string[] => [
  "vitest.worker.config.ts",
  "test/mutation",
  ...AREAS.flatMap(({ mutate, tests }) => [...globSync([...mutate], { cwd: ROOT }), ...testFiles(tests)]),
];
