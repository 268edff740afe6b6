/** `not_looked_at`: it could not be read, `found` says why, and it is no fault. */
export type State = "ok" | "missing" | "differs" | "not_looked_at";

/** One line of a check: a thing that a deployment needs, what is there, what should be, and how it becomes so. */
export interface Finding {
  readonly what: string;
  readonly state: State;
  readonly found: string;
  readonly wanted: string;
  /** Commands, and steps at a dashboard, in their order; empty where it is as wanted. */
  readonly fix: readonly string[];
}

/** It is as wanted. */
export const ok = (what: string, found: string): Finding => ({ what, state: "ok", found, wanted: found, fix: [] });

type Words = Omit<Finding, "what" | "state">;
/** It is not there. */
export const missing = (what: string, words: Words): Finding => ({ what, state: "missing", ...words });
/** It is there, and is not what it should be. */
export const differs = (what: string, words: Words): Finding => ({ what, state: "differs", ...words });
/** It was not read: `found` says why, `fix` how it can be. */
export const notLookedAt = (what: string, words: Omit<Words, "wanted"> & { wanted?: string }): Finding => ({
  what,
  state: "not_looked_at",
  wanted: "to be looked at",
  ...words,
});

/** Whether a finding stops a deployment from being what it should be. */
export const isFault = ({ state }: Finding): boolean => state === "missing" || state === "differs";

const MARKS: Readonly<Record<State, string>> = {
  ok: "ok",
  missing: "missing",
  differs: "differs",
  not_looked_at: "not looked at",
};

/** Findings as lines for a person; one that is not as wanted has what was found, what is wanted and how to get there. */
export function findingsText(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ what, state, found, wanted, fix }) => {
    const head = `${MARKS[state].padEnd(13)}  ${what}`;
    if (state === "ok") return [`${head}: ${found}`];
    const more = [`found   ${found}`, `wanted  ${wanted}`, ...fix.map((step) => `do      ${step}`)];
    return [head, ...more.map((line) => `                 ${line}`)];
  });
  return `${lines.join("\n")}\n\n${summaryOf(findings)}\n`;
}

function summaryOf(findings: readonly Finding[]): string {
  const count = (state: State) => findings.filter((finding) => finding.state === state).length;
  return (Object.keys(MARKS) as State[]).map((state) => `${count(state)} ${MARKS[state]}`).join(", ");
}
