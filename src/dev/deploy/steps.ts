import { readFileSync } from "node:fs";
import { join } from "node:path";
import { applyBusiness } from "../catalog/apply-changes.ts";
import { inTemporaryFolder } from "../local/in-temporary-folder.ts";
import { ScriptError } from "../local/run-script.ts";
import { seedStatements } from "../seeds/seed-statements.ts";
import { accountFinding } from "./account-check.ts";
import { configFindings } from "./config-check.ts";
import { type Finding, findingsText, isFault } from "./finding.ts";
import { appliedMigrations, migrateCommand } from "./migrations-check.ts";
import type { Outside } from "./outside.ts";
import { isOurs, publicFindings } from "./public-check.ts";
import { deployedDatabase, fileCommand } from "./remote-database.ts";
import { seedsFinding } from "./seeds-check.ts";
import { deployCommand, envArgument, type Target } from "./target.ts";
import { servingVersion } from "./worker-check.ts";
import { commandText, reasonOf } from "./wrangler-answers.ts";

/** A step that failed: what went wrong, and what to do. */
export class StepFailure extends Error {
  readonly advice: readonly string[];
  constructor(message: string, advice: readonly string[]) {
    super(message);
    this.advice = advice;
  }
}

/** A step of a deployment. */
export interface Step {
  readonly name: string;
  /** What it does, as an order: `Apply the migrations`. */
  readonly words: string;
  /** Exactly what it runs; empty where it only looks. */
  readonly commands: readonly string[];
  /** True: it changes nothing and needs no account, so a dry run runs it too. */
  readonly runsDry?: true;
  /** Answers what was done. Throws a `StepFailure`. */
  run(): Promise<string>;
}

/** What a person who starts a deployment chose. */
interface Choices {
  /** A person is there to answer what wrangler asks. */
  readonly atTerminal: boolean;
  /** The address may be taken from what answers there today. */
  readonly takeAddress: boolean;
}

/** What to do once production has a migration that is not released. */
const RELEASE =
  "now npm run migrations:release, and commit migrations/released.json: a test then refuses an edited one";

const TRIES = 13;
const PAUSE_MS = 10_000;

/** The steps of a deployment, in their order: what is checked, the tables, the code, the business, the look from outside. */
export function deploymentSteps(target: Target, outside: Outside, choices: Choices): readonly Step[] {
  const again = `mend it, then again: ${deployCommand(target)}`;
  const rows = seedStatements(target.business, outside.now());
  /** The version that served before this deployment: a rollback goes to it. */
  let versionBefore: string | undefined;
  return [
    {
      name: "business",
      words: `Check the business in ${target.folder}`,
      commands: [],
      runsDry: true,
      // It was read, and every fault of it would have ended the script.
      run: async () => `${rows.length} rows, without a fault`,
    },
    {
      name: "bundle",
      words: "Build the bundle, without an upload",
      commands: [commandText([...uploadCommand(target), "--dry-run"])],
      runsDry: true,
      run: () => inTemporaryFolder((folder) => buildBundle(target, outside, folder)),
    },
    {
      name: "ready",
      words: "Look whether wrangler.toml, the account and the address are ready",
      commands: [commandText(["whoami", "--json"])],
      run: async () => {
        await assertReady(target, outside, choices);
        const serving = await servingVersion(target, outside);
        if (serving && "code" in serving) throw new StepFailure(reasonOf(serving), [again]);
        versionBefore = serving?.versionId;
        return serving ? `version ${serving.versionId} serves now` : "the first deployment";
      },
    },
    {
      name: "migrate",
      words: "Apply the migrations",
      commands: [commandText(migrateCommand(target))],
      run: () => migrate(target, outside),
    },
    {
      name: "deploy",
      words: "Upload the server",
      commands: [commandText(uploadCommand(target))],
      run: () => inTemporaryFolder((folder) => upload(target, outside, choices, join(folder, "report.jsonl"))),
    },
    {
      name: "seed",
      words: "Load the business",
      commands: [commandText(fileCommand(target, "catalog.sql"))],
      run: () => seed(target, outside),
    },
    {
      name: "outside",
      words: `Ask the server at ${target.publicUrl}`,
      commands: [],
      run: async () => {
        const findings = await askedUntilItAnswers(target, outside);
        if (!findings.some(isFault)) return `${findings.length} answers, all as wanted`;
        throw new StepFailure(faultsText(findings), [
          "tables, code and business are in place",
          ...(versionBefore ? [`to go back: ${commandText(["rollback", versionBefore, envArgument(target)])}`] : []),
          `to look again: ${deployCommand(target)}${target.env === undefined ? " --" : ""} --check`,
        ]);
      },
    },
  ];
}

/** The arguments of the upload, with the variables that the business decides. */
const uploadCommand = (target: Target): readonly string[] => [
  "deploy",
  "--minify",
  envArgument(target),
  ...Object.entries(target.settings).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
];

async function buildBundle(target: Target, { run }: Outside, folder: string): Promise<string> {
  const ran = await run([...uploadCommand(target), "--dry-run", "--outdir", folder]);
  if (ran.code !== 0) {
    throw new StepFailure(reasonOf(ran), [`nothing was changed; ${deployCommand(target)} after the source is mended`]);
  }
  return /gzip: ([\d.]+ \w+)/.exec(ran.stdout)?.[1]?.concat(" gzip") ?? "built";
}

async function assertReady(target: Target, outside: Outside, { atTerminal, takeAddress }: Choices): Promise<void> {
  const findings = [...configFindings(target), await accountFinding(target, outside)];
  if (findings.some(isFault)) throw new StepFailure(faultsText(findings), ["nothing was changed"]);
  // Without a terminal wrangler gives the address to this Worker, whatever answers there, and asks nothing.
  if (!atTerminal && !takeAddress && (await isOurs(target.publicUrl, outside)) === false) {
    throw new StepFailure(`${target.publicUrl} is answered by something that is not this server`, [
      "nothing was changed",
      `run ${deployCommand(target)} at a terminal, where wrangler asks before it takes the address, or add --take-address`,
    ]);
  }
}

async function migrate(target: Target, outside: Outside): Promise<string> {
  const before = await appliedMigrations(target, outside);
  const ran = await outside.run(migrateCommand(target));
  const applied = await appliedMigrations(target, outside);
  const advice = [
    "no code was deployed: the version of before serves on, and migrations only add, so it works on what was applied",
    `mend it, then again: ${deployCommand(target)} (what was applied is not applied twice)`,
  ];
  if (ran.code !== 0) throw new StepFailure(reasonOf(ran), advice);
  if ("reason" in applied) throw new StepFailure(applied.reason, advice);
  // Wrangler also ends with 0 where a statement failed without an error, or a question was answered with no.
  const lacking = target.migrations.filter((name) => !applied.includes(name));
  if (lacking.length > 0)
    throw new StepFailure(`${lacking.join(", ")} not applied, though wrangler ended with 0`, advice);
  const count = `${applied.length - ("reason" in before ? 0 : before.length)} applied, ${applied.length} in all`;
  return target.env === undefined && target.unreleased.length > 0 ? `${count}; ${RELEASE}` : count;
}

async function upload(target: Target, outside: Outside, choices: Choices, report: string): Promise<string> {
  const ran = await outside.run(uploadCommand(target), { atTerminal: choices.atTerminal, reportTo: report });
  const version = versionIn(report);
  const advice = [
    "the tables are migrated, and the version of before serves on: migrations only add",
    `mend it, then again: ${deployCommand(target)}`,
  ];
  if (ran.code !== 0) throw new StepFailure(choices.atTerminal ? "wrangler said why, above" : reasonOf(ran), advice);
  if (version === undefined) {
    throw new StepFailure("wrangler ended without a new version: a question of it was answered with no", advice);
  }
  return `version ${version}`;
}

/** The version in wrangler's report of a deploy: `{ "type": "deploy", "version_id": "…" }`, one JSON a line. */
function versionIn(report: string): string | undefined {
  const lines = readIfThere(report).split("\n").filter(Boolean);
  const entries = lines.map((line) => JSON.parse(line) as { type?: string; version_id?: string | null });
  return entries.find(({ type }) => type === "deploy")?.version_id ?? undefined;
}

async function seed(target: Target, outside: Outside): Promise<string> {
  const advice = [
    "tables and code are deployed, and the catalog is as it was: D1 takes a file whole or not at all",
    `mend it, then again: ${deployCommand(target)}`,
  ];
  try {
    await applyBusiness(deployedDatabase(target, outside), target.business, outside.now());
  } catch (error) {
    throw error instanceof ScriptError ? new StepFailure(error.message, advice) : error;
  }
  const finding = await seedsFinding(target, outside);
  if (finding.state !== "ok") throw new StepFailure(finding.found, advice);
  return finding.found;
}

/** A new address has no certificate for some minutes: it is asked for two, until it answers. */
async function askedUntilItAnswers(target: Target, outside: Outside): Promise<readonly Finding[]> {
  for (let tries = 1; ; tries += 1) {
    const findings = await publicFindings(target, outside);
    if (tries === TRIES || !findings.some(({ state }) => state === "missing")) return findings;
    await outside.wait(PAUSE_MS);
  }
}

const faultsText = (findings: readonly Finding[]): string => `\n${findingsText(findings.filter(isFault))}`;

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
