import { defineConfig } from "vitest/config";
import config from "./vitest.config.ts";

const { MUTATE_TESTS } = process.env;

const worker = (config.test?.projects ?? []).flatMap((project) =>
  typeof project === "object" && "test" in project && project.test?.name === "worker" ? [project] : [],
);

/**
 * The tests of the Workers runtime alone, for `npm run mutate`: Stryker can't choose a project. `MUTATE_TESTS` names
 * fewer test files, with commas between.
 */
export default defineConfig({
  test: {
    projects: worker.map((project) =>
      MUTATE_TESTS ? { ...project, test: { ...project.test, include: MUTATE_TESTS.split(",") } } : project,
    ),
  },
});
