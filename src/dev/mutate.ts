import { readFileSync } from "node:fs";
import fc from "fast-check";
import { readArguments } from "./local/arguments.ts";
import { openBench } from "./local/mutation/bench.ts";
import { excuseFor } from "./local/mutation/equivalents.ts";
import { type Mutant, mutantsOf, mutated } from "./local/mutation/mutants.ts";
import { orderTests } from "./local/mutation/order.ts";
import { measureReach } from "./local/mutation/reach.ts";
import { mutantLine, scoreLines, scores, type Verdict } from "./local/mutation/report.ts";
import { makeScratch } from "./local/mutation/scratch.ts";
import { targetFiles } from "./local/mutation/targets.ts";
import { runScript, ScriptError } from "./local/run-script.ts";
import { onStopSignal } from "./local/stop-signals.ts";

/** For a test file on the sources as they are. */
const CONTROL_MS = 300_000;

const USAGE = `npm run mutate -- [--files PATHS] [--tests PATHS] [--sample N] [--seed N] [--minutes N] [--patience SECONDS]
  [--again FILE] [--list] [--json]

Puts small mistakes into the code, one at a time, and tells which of them no test notices. PATHS are beginnings, with
commas between.`;

/** `npm run mutate`: puts small mistakes into the code, one at a time, and tells which of them no test notices. */
async function main(): Promise<undefined> {
  const { values } = readArguments(USAGE, {
    options: {
      files: { type: "string" },
      tests: { type: "string" },
      sample: { type: "string" },
      seed: { type: "string", default: "1" },
      minutes: { type: "string" },
      patience: { type: "string", default: "90" },
      again: { type: "string" },
      list: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const tell = (line: string) => process.stdout.write(`${line}\n`);

  const targets = targetFiles();
  const among = (list: string | undefined) => (path: string) =>
    list === undefined || list.split(",").some((start) => path.startsWith(start));
  const files = [...targets.keys()].filter(among(values.files));
  if (files.length === 0) throw new ScriptError(`None of these is mutated: ${values.files}`);
  const scratch = makeScratch();
  const bench = openBench(scratch);
  let stopped = false;
  onStopSignal(() => {
    stopped = true;
    void bench.stop();
  });
  try {
    const texts = new Map(files.map((file) => [file, scratch.read(file)]));
    const sourceOf = ({ file, line }: Mutant) => (texts.get(file)?.split("\n")[line - 1] ?? "").trim();
    const all = files.flatMap((file) => mutantsOf(file, texts.get(file) ?? ""));
    const wanted = values.again ? survivorsOf(values.again) : undefined;
    const shuffled = fc.shuffledSubarray(all, { minLength: all.length });
    const [mixed = all] = fc.sample(shuffled, { numRuns: 1, seed: Number(values.seed) });
    const chosen = mixed
      .filter((mutant) => !wanted || wanted.has(identity(mutant, sourceOf(mutant))))
      .slice(0, values.sample ? Number(values.sample) : all.length);
    say(`${chosen.length} of ${all.length} mutants in ${files.length} files, seed ${values.seed}`);
    if (values.list) {
      for (const mutant of chosen) tell(mutantLine(mutant));
      return;
    }

    const order = orderTests(await measureReach(scratch, bench, [...targets.keys()], among(values.tests), say));
    const until = Date.now() + (values.minutes ? Number(values.minutes) * 60_000 : Number.POSITIVE_INFINITY);
    const verdicts: Verdict[] = [];
    for (const mutant of chosen) {
      if (stopped || Date.now() > until) break;
      const verdict = await judge(mutant);
      verdicts.push(verdict);
      say(
        `${verdicts.length}/${chosen.length} ${verdict.fate}${verdict.by ? ` by ${verdict.by}` : ""}: ${mutantLine(mutant)}`,
      );
    }
    // A test that fails by itself has noticed nothing.
    for (const test of new Set(verdicts.flatMap(({ by }) => by ?? []))) {
      const { outcome } = await bench.run(test, CONTROL_MS);
      if (outcome === "passed") continue;
      say(`${test} ${outcome} without any mutant: what it killed counts as survived`);
      for (const verdict of verdicts) if (verdict.by === test) verdict.fate = "survived";
    }
    const alive = verdicts.filter(({ fate }) => fate === "survived" || fate === "not reached");
    if (values.json) {
      tell(JSON.stringify({ seed: Number(values.seed), mutants: all.length, scores: scores(verdicts), verdicts }));
      return;
    }
    for (const verdict of alive) tell(`${verdict.fate}: ${mutantLine(verdict)}`);
    tell(`\n${scoreLines(verdicts)}`);

    async function judge(mutant: Mutant): Promise<Verdict> {
      const { file } = mutant;
      const original = texts.get(file) ?? "";
      const about = { ...mutant, group: targets.get(file) ?? "", source: sourceOf(mutant) };
      if (excuseFor(mutant, about.source)) return { ...about, fate: "equivalent" };
      const candidates = order.for(mutant);
      if (candidates.length === 0) return { ...about, fate: "not reached" };
      scratch.write(file, mutated(original, mutant));
      try {
        let left = Number(values.patience) * 1000;
        for (const [n, { test, ms }] of candidates.entries()) {
          if (n > 0 && left < ms) continue;
          left -= ms;
          const { outcome } = await bench.run(test, 5 * ms + 60_000);
          const noticed = outcome === "failed" || outcome === "timed out";
          order.learn(mutant, test, noticed);
          if (noticed) return { ...about, fate: outcome === "failed" ? "killed" : outcome, by: test };
        }
        return { ...about, fate: "survived" };
      } finally {
        scratch.write(file, original);
      }
    }
  } finally {
    await bench.stop();
    scratch.remove();
  }
}

/** The same mutant in a file that has changed elsewhere. */
function identity({ file, kind, original, replacement }: Mutant, source: string): string {
  return JSON.stringify([file, kind, original, replacement, source]);
}

function survivorsOf(path: string): Set<string> {
  const { verdicts } = JSON.parse(readFileSync(path, "utf8")) as { verdicts: Verdict[] };
  return new Set(
    verdicts
      .filter(({ fate }) => fate === "survived" || fate === "not reached")
      .map((verdict) => identity(verdict, verdict.source)),
  );
}

await runScript(main);
