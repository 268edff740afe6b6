import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { now } from "./test/mutation/change.ts";
import config from "./vitest.config.ts";

const { MUTATE_CACHE, MUTATE_CHANGES, MUTATE_TESTS } = process.env;

const worker = (config.test?.projects ?? []).flatMap((project) =>
  typeof project === "object" && "test" in project && project.test?.name === "worker" ? [project] : [],
);

/** The files in the order in which they are named: a run ends at the first test that fails. */
class AsNamed extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => now.order.findIndex((name) => moduleId.endsWith(`/${name}`));
    return files.sort((one, other) => place(one) - place(other));
  }
}

/** Gives a file the text that it is changed to. */
const changedFile = {
  name: "changed-file",
  enforce: "pre" as const,
  load: (id: string) => (now.change && "file" in now.change && now.change.file === id ? now.change.text : undefined),
};

/**
 * The tests of the Workers runtime alone, for `npm run mutate`: Stryker can't choose a project. `MUTATE_TESTS` names
 * fewer test files, with commas between. With `MUTATE_CHANGES` they run on the change of `test/mutation/change.ts`.
 */
export default defineConfig({
  test: {
    // What vitest keeps on disk it knows by the file, which here has another text each time.
    ...(MUTATE_CHANGES && { sequence: { sequencer: AsNamed }, fsModuleCache: false }),
    projects: worker.map(({ test, plugins, ...project }) => ({
      ...project,
      // Another vitest that runs beside this one would take the bundled packages away from under it.
      ...(MUTATE_CACHE && { cacheDir: MUTATE_CACHE }),
      plugins: [...(plugins ?? []), ...(MUTATE_CHANGES ? [changedFile] : [])],
      test: {
        ...test,
        ...(MUTATE_TESTS && { include: MUTATE_TESTS.split(",") }),
        ...(MUTATE_CHANGES && {
          fsModuleCache: false,
          setupFiles: ["test/support/standing-date.ts", "test/mutation/mutated-migration.ts"],
        }),
      },
    })),
  },
});
