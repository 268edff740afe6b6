import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import config from "./vitest.config.ts";

const { MUTATE_SQL, MUTATE_TESTS } = process.env;

const worker = (config.test?.projects ?? []).flatMap((project) =>
  typeof project === "object" && "test" in project && project.test?.name === "worker" ? [project] : [],
);

/** The order in which `MUTATE_TESTS` names the files: a mutant ends at the first test that fails. */
class AsNamed extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const names = MUTATE_TESTS?.split(",") ?? [];
    const place = ({ moduleId }: TestSpecification) => names.findIndex((name) => moduleId.endsWith(`/${name}`));
    return files.sort((one, other) => place(one) - place(other));
  }
}

/**
 * The tests of the Workers runtime alone, for `npm run mutate`: Stryker can't choose a project. `MUTATE_TESTS` names
 * fewer test files, with commas between. With `MUTATE_SQL` they run on a changed migration.
 */
export default defineConfig({
  test: {
    ...(MUTATE_TESTS && { sequence: { sequencer: AsNamed } }),
    projects: worker.map(({ test, ...project }) => ({
      ...project,
      test: {
        ...test,
        ...(MUTATE_TESTS && { include: MUTATE_TESTS.split(",") }),
        ...(MUTATE_SQL && { setupFiles: ["test/support/standing-date.ts", "test/mutation/mutated-migration.ts"] }),
      },
    })),
  },
});
