import { check } from "./deploy/check.ts";
import { findingsText, isFault } from "./deploy/finding.ts";
import { type Outside, realOutside } from "./deploy/outside.ts";
import { runSteps } from "./deploy/run-steps.ts";
import { deploymentSteps } from "./deploy/steps.ts";
import { readTarget, type Target } from "./deploy/target.ts";
import { misused, readArguments } from "./local/arguments.ts";
import { runScript } from "./local/run-script.ts";

const USAGE = `npm run deploy -- [--env NAME] [--json] [--take-address]
npm run deploy -- --dry-run [--env NAME] [--json]
npm run deploy -- --check [--env NAME] [--json]

Migrates the database, uploads the server and loads the business in BUSINESS_DIR, through wrangler, and asks the server from
outside. --dry-run needs no account: it checks the business, builds the bundle and names the other steps. --check changes
nothing: it tells what a deployment lacks or has otherwise, with the command that mends it; STRIPE_SECRET_KEY_SANDBOX and
STRIPE_SECRET_KEY_LIVE in the environment let it look at Stripe. --env is an environment of wrangler.toml.
--take-address takes the address from what answers there today; at a terminal wrangler asks.`;

/** `npm run deploy`: 0 when all is as wanted, 1 otherwise. */
await runScript(async () => {
  const { values } = readArguments(USAGE, {
    options: {
      check: { type: "boolean", default: false },
      "dry-run": { type: "boolean", default: false },
      env: { type: "string" },
      json: { type: "boolean", default: false },
      "take-address": { type: "boolean", default: false },
    },
  });
  const { env, json, check: checks, "dry-run": dryRun, "take-address": takeAddress } = values;
  if (checks && dryRun) throw misused("--check and --dry-run are two commands.", USAGE);
  const target = readTarget(env);
  const outside = realOutside();
  if (checks) return checkTarget(target, outside, json);
  const atTerminal = !json && Boolean(process.stdin.isTTY && process.stdout.isTTY);
  const tell = (line: string) => (json ? process.stderr : process.stdout).write(`${line}\n`);
  const steps = deploymentSteps(target, outside, { atTerminal, takeAddress });
  const report = await runSteps(steps, { dryRun, tell });
  if (json) print({ ok: report.ok, dryRun, ...about(target), steps: report.steps, advice: report.advice });
  return report.ok ? 0 : 1;
});

async function checkTarget(target: Target, outside: Outside, json: boolean): Promise<number> {
  const findings = await check(target, outside);
  const ok = !findings.some(isFault);
  if (json) print({ ok, ...about(target), findings });
  else process.stdout.write(findingsText(findings));
  return ok ? 0 : 1;
}

function about({ env, publicUrl, folder }: Target) {
  return { environment: env ?? null, publicUrl, business: folder };
}

function print(document: object): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}
