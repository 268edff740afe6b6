import { globSync } from "node:fs";
import { ROOT } from "../../src/dev/local/root.ts";
import { AREAS } from "./areas.ts";
import { SQL_TESTS } from "./run-sql-area.ts";
import { testFiles } from "./test-files.ts";

/** What the line S9 depends on without importing it: the files that are changed, and the tests that may notice a change. */
export const mutationSources = (): readonly string[] => [
  "vitest.worker.config.ts",
  "test/mutation",
  ...testFiles(SQL_TESTS),
  ...AREAS.flatMap(({ mutate, tests, wider }) => [
    ...globSync([...mutate], { cwd: ROOT }),
    ...testFiles([...tests, ...wider]),
  ]),
];
