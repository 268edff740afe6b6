import type { Mutant } from "./mutants.ts";

/** How a mutant ended. A test that runs far too long has noticed. */
export type Fate = "killed" | "timed out" | "survived" | "not reached" | "equivalent";

export interface Verdict extends Mutant {
  readonly group: string;
  fate: Fate;
  /** The text of its first line, as it is. */
  readonly source: string;
  /** The test file that noticed. */
  readonly by?: string;
}

export interface Score {
  readonly of: string;
  readonly killed: number;
  readonly survived: number;
  /** Share of what could be noticed, in percent. */
  readonly percent: number;
}

/** Scores of each group and file, and of all. */
export function scores(verdicts: readonly Verdict[]): Score[] {
  const names = (of: (verdict: Verdict) => string) => [...new Set(verdicts.map(of))].sort();
  return [
    ...names(({ file }) => file).map((name) =>
      score(
        name,
        verdicts.filter(({ file }) => file === name),
      ),
    ),
    ...names(({ group }) => group).map((name) =>
      score(
        name,
        verdicts.filter(({ group }) => group === name),
      ),
    ),
    score("all", verdicts),
  ];
}

function score(of: string, verdicts: readonly Verdict[]): Score {
  const killed = verdicts.filter(({ fate }) => fate === "killed" || fate === "timed out").length;
  const survived = verdicts.filter(({ fate }) => fate === "survived" || fate === "not reached").length;
  const total = killed + survived;
  return { of, killed, survived, percent: total === 0 ? 100 : Math.round((1000 * killed) / total) / 10 };
}

export function scoreLines(verdicts: readonly Verdict[]): string {
  return scores(verdicts)
    .map(
      ({ of, killed, survived, percent }) =>
        `${percent.toFixed(1).padStart(6)} %  ${killed} of ${killed + survived}  ${of}`,
    )
    .join("\n");
}

/** `src/a.ts:12  operator <  a < b  ->  (a <= b)`; of long texts, where they differ. */
export function mutantLine({ file, line, kind, original, replacement }: Mutant): string {
  const same = original.length > LONG ? alike(original, replacement) : 0;
  const from = Math.max(0, same - LONG / 4);
  const shown = [original, replacement].map((text) => short(from > 0 ? `...${text.slice(from)}` : text));
  return `${file}:${line}  ${kind}  ${shown[0]}  ->  ${shown[1] || "nothing"}`;
}

const LONG = 90;

/** How far two texts are the same. */
function alike(left: string, right: string): number {
  let same = 0;
  while (same < left.length && left[same] === right[same]) same += 1;
  return same;
}

function short(text: string): string {
  const flat = text.replace(/\s+/g, " ").trim();
  return flat.length > LONG ? `${flat.slice(0, LONG - 3)}...` : flat;
}
