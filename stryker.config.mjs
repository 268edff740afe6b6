import { AREAS } from "./test/mutation/areas.ts";

const { MUTATE_SHARE, MUTATE_STATIC } = process.env;

// Every run of a random test draws the same values, so that a mutant meets what the first run met.
process.env.TEST_SEED ||= "1";

// Stryker 10.1.1 activates each mutant after the modules have loaded when test files are given by this option.
if (MUTATE_STATIC && process.argv.some((argument) => /^(?:-t|--testFiles)\b/.test(argument))) {
  throw new Error(
    "With MUTATE_STATIC, name test files by MUTATE_TESTS: with --testFiles such mutants falsely survive.",
  );
}

/** What `npm run mutate` does. */
export default {
  // Where a mistake costs a person money, access or privacy.
  mutate: AREAS.flatMap(({ mutate }) => mutate),
  testRunner: "vitest",
  vitest: { configFile: "vitest.worker.config.ts", related: false },
  coverageAnalysis: "perTest",
  // A mutant outside of functions is alive while a module loads, so every test would have to run on it.
  ignoreStatic: !MUTATE_STATIC,
  plugins: ["@stryker-mutator/vitest-runner", "./src/dev/local/mutant-sample.ts"],
  checkers: MUTATE_SHARE ? ["sample"] : [],
  // vitest checks no types.
  disableTypeChecks: false,
  // On a busy machine a slow run is no endless loop.
  timeoutMS: 60_000,
  timeoutFactor: 5,
  dryRunTimeoutMinutes: 90,
  ignorePatterns: [".state", ".wrangler", ".dev.vars", "dist", "artifacts"],
  tempDirName: ".state/mutation",
  cleanTempDir: "always",
  // At level "debug" or "trace" the vitest runner writes its configuration as JSON and fails, since it contains itself.
  logLevel: "info",
  reporters: ["clear-text", "progress", "html", "json"],
  clearTextReporter: { logTests: false, reportTests: false },
  htmlReporter: { fileName: "artifacts/mutation/report.html" },
  jsonReporter: { fileName: "artifacts/mutation/report.json" },
};
