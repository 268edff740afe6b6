import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../src/dev/local/root.ts";

/** One change of the migrations' SQL. */
export interface SqlMutant {
  /** The file in `migrations/`. */
  readonly migration: string;
  readonly line: number;
  readonly what: string;
  readonly from: string;
  readonly to: string;
}

interface Migration {
  readonly name: string;
  readonly text: string;
}

const migrations = (): Migration[] =>
  readdirSync(join(ROOT, "migrations"))
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => ({ name, text: readFileSync(join(ROOT, "migrations", name), "utf8") }));

const lineOf = (text: string, part: string) => text.slice(0, text.indexOf(part)).split("\n").length;

/** The conditions that a condition joins by OR, outside of brackets. */
function alternatives(condition: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const word of condition.split(/(\(|\)|\bOR\b)/)) {
    if (word === "(") depth += 1;
    if (word === ")") depth -= 1;
    if (word === "OR" && depth === 0) parts.push("");
    else parts[parts.length - 1] += word;
  }
  return parts.map((part) => part.trim());
}

/** A migration without its trigger, with its condition turned round, and without each of the conditions in it. */
function triggerMutants({ name, text }: Migration): SqlMutant[] {
  const [statement, trigger] = /CREATE TRIGGER (\w+)[\s\S]*END;/.exec(text) ?? [];
  if (!statement) return [];
  const at = { migration: name, line: lineOf(text, statement) };
  const dropped = { ...at, what: `no trigger ${trigger}`, from: statement, to: "SELECT 1;" };
  const condition = /\bWHEN ([\s\S]*?)\s*\nBEGIN/.exec(statement)?.[1];
  if (!condition) return [dropped];
  const whenAt = { migration: name, line: lineOf(text, `WHEN ${condition}`), from: `WHEN ${condition}` };
  const parts = alternatives(condition);
  return [
    dropped,
    { ...whenAt, what: `${trigger} WHEN NOT`, to: `WHEN NOT (${condition})` },
    ...(parts.length > 1 ? parts : []).map((part, index) => ({
      ...whenAt,
      what: `${trigger} without ${part.replaceAll(/\s+/g, " ")}`,
      to: `WHEN ${parts.filter((_, other) => other !== index).join(" OR ")}`,
    })),
  ];
}

/** Every change of a trigger. */
export const triggersChanged = (): readonly SqlMutant[] => migrations().flatMap(triggerMutants);

/** Every named CHECK that lets all pass: of a table that was made anew, the one that stands. */
export const checksLifted = (): readonly SqlMutant[] => [
  ...new Map(everyCheck().map((mutant) => [mutant.what, mutant])).values(),
];

const everyCheck = (): readonly SqlMutant[] =>
  migrations().flatMap(({ name, text }) =>
    Array.from(text.matchAll(/CONSTRAINT (\w+) CHECK \((.*)\)([,;]?)$/gm), ([from, check, , end]) => ({
      migration: name,
      line: lineOf(text, from),
      what: `${check} lets all pass`,
      from,
      to: `CONSTRAINT ${check} CHECK (1)${end}`,
    })),
  );
