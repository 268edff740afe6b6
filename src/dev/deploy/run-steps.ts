import { type Step, StepFailure } from "./steps.ts";

/** What became of a step. `planned`: a dry run only names it. */
interface StepReport {
  readonly step: string;
  readonly words: string;
  readonly commands: readonly string[];
  readonly state: "done" | "failed" | "not_done" | "planned";
  /** What was done, or what went wrong. */
  readonly detail: string | null;
}

/** What became of a deployment. */
export interface DeployReport {
  readonly ok: boolean;
  readonly steps: readonly StepReport[];
  /** What to do after a failure. */
  readonly advice: readonly string[];
}

/** Runs the steps in their order until one fails, and tells each as it goes. A dry run runs those that need no account. */
export async function runSteps(
  steps: readonly Step[],
  { dryRun, tell }: { dryRun: boolean; tell: (line: string) => void },
): Promise<DeployReport> {
  const reports: StepReport[] = [];
  let failure: StepFailure | undefined;
  for (const [index, { name: step, words, commands, runsDry, run }] of steps.entries()) {
    const report = (state: StepReport["state"], detail: string | null) =>
      reports.push({ step, words, commands, state, detail });
    const head = `[${index + 1}/${steps.length}] ${words}`;
    if (failure) {
      report("not_done", null);
      continue;
    }
    if (dryRun && !runsDry) {
      report("planned", null);
      tell([head, ...commands.map((command) => `      ${command}`)].join("\n"));
      continue;
    }
    tell([`${head} …`, ...commands.map((command) => `      ${command}`)].join("\n"));
    try {
      const detail = await run();
      report("done", detail);
      tell(`      ${detail}`);
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      failure = error;
      report("failed", error.message.trim());
    }
  }
  if (failure) tell(failureText(reports, failure));
  return { ok: failure === undefined, steps: reports, advice: failure?.advice ?? [] };
}

function failureText(reports: readonly StepReport[], failure: StepFailure): string {
  const named = (state: StepReport["state"]) =>
    reports.filter((report) => report.state === state).map(({ words }) => `  - ${words}`);
  return [
    `\nStopped: ${failure.message.trimEnd()}`,
    "\nDone:",
    ...named("done"),
    "Not done:",
    ...named("failed"),
    ...named("not_done"),
    "What to do:",
    ...failure.advice.map((line) => `  - ${line}`),
  ].join("\n");
}
