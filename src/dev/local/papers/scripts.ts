/** What each script of package.json is for. */
const SCRIPTS: Readonly<Record<string, string>> = {
  dev: "Server and Stripe sandbox on this machine; state in `.state/`. `-- --port`, `--sandbox-port` and `--inbox-port` move them",
  "dev:story": "The same, with the past sales of the reference document",
  "dev:reset": "Clears databases, secrets and tokens of this machine",
  catalog:
    "A business of your own: `-- init DIR`, `-- check DIR`, `-- diff`, `-- apply`; the last two take `--remote` for a deployment",
  token: 'A bearer token by the real flow: `-- --as buyer --scope "checkout:write"`, `--resource api` for HTTP',
  demo: "The whole story against the real bundle, as a transcript; `-- --json` for machines",
  build: "The bundle that a deploy would upload, in `dist/`",
  size: "The gzipped size of the bundle",
  test: "Every test: in the Workers runtime, in Node, and against the running bundle",
  report:
    "Runs the tests of each promise that has no result, and writes `test/REPORT.md`; `-- --only P6 --minutes 40` continues one line",
  bench: "Runs each measurement that has no result, and writes `test/BENCH.md`; the same options",
  "test:long": "`npm run report` until each line has its full size; the next run resumes a stopped one",
  "test:busy": "The tests that deal with time, beside eight busy loops; test files named after `--` run too",
  "test:clients":
    "Installs real clients and plays a sale with each, as CLIENTS.md shows: `-- --only codex`, `--keep` for the table, `--json`",
  mutate:
    "Stryker puts small mistakes into the code and tells which no test notices: `-- --mutate src/base/money.ts`; `MUTATE_TESTS=test/base/money.test.ts` runs these tests alone, and `MUTATE_SHARE=0.05` draws one mutant of twenty by `TEST_SEED`",
  check: "The whole gate: format, lint, types, generated tables, tests",
  fix: "Format, sort imports, and generate tables",
  generate: "The tables of the papers (`*.md`), from the code",
  heal: "Runs the schedule of the running development server once, and reports what it did",
  "owner:invite": "A link that makes a person the owner of a deployment; it works once, within a day",
  "receipt:verify": "Checks a signed confirmation against the keys that its issuer publishes",
  "audit:verify": "Compares an exported audit with its seals: finds rows that were edited, removed or moved",
  deploy:
    "Migrates, uploads and loads the business on Cloudflare: `-- --check` tells what is missing, `-- --dry-run` only names the steps; `--env staging`, `--json`",
  "migrations:release":
    "The migrations of today are deployed: from then on a test refuses an edited one, and a new one that does more than add",
};

/** The description of a script. Throws for one that `SCRIPTS` lacks. */
export function scriptText(name: string): string {
  const text = SCRIPTS[name];
  if (text === undefined)
    throw new Error(`package.json has a script ${name} without a description in src/dev/local/papers/scripts.ts`);
  return text;
}
