import type { Fault } from "./faults.ts";

/** In characters of UTF-16. A row is one statement, and D1 takes one of at most 100,000 bytes ("Limits", Maximum SQL statement length). */
const LONGEST = 10_000;

/** Faults of any text in a file, at any depth: what SQL can't carry, and what is longer than a row can hold. */
export function textFaults(file: string, value: unknown, path: Fault["path"] = []): readonly Fault[] {
  if (typeof value === "string") {
    const message = textFault(value);
    return message === undefined ? [] : [{ file, path, message }];
  }
  if (typeof value !== "object" || value === null) return [];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, inner]) => textFaults(file, inner, [...path, key]));
}

function textFault(text: string): string | undefined {
  const nul = text.indexOf("\0");
  if (nul >= 0) return `must be text, and holds U+0000 after ${nul} characters: take it out`;
  if (!text.isWellFormed()) return "must be well-formed Unicode, and holds half of a character: write the whole one";
  if (text.length > LONGEST) return `must have at most ${LONGEST} characters, and has ${text.length}: shorten it`;
  return undefined;
}
