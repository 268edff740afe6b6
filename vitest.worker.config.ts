import { defineConfig } from "vitest/config";
import config from "./vitest.config.ts";

const projects = config.test?.projects ?? [];

/** The tests of the Workers runtime alone: the ones that `npm run mutate` runs, as Stryker can't choose a project. */
export default defineConfig({
  test: {
    projects: projects.filter(
      (project) => typeof project === "object" && "test" in project && project.test?.name === "worker",
    ),
  },
});
