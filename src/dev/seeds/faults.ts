import type { z } from "zod";
import { ScriptError } from "../local/run-script.ts";
import { fieldsAt } from "./known-fields.ts";
import { meant } from "./near-name.ts";

/** A fault of the seeds: the file, the field in it, and the rule with a way out. */
export interface Fault {
  readonly file: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** The ids whose rows the rule looked at. A fault about a row that has faults itself may only follow from them. */
  readonly about?: readonly string[];
}

/** Seeds with faults, each of them listed. No row is written from them, and a script prints them without a stack. */
export class SeedError extends ScriptError {
  readonly faults: readonly Fault[];
  /** The faults as they are printed, each on a line. */
  readonly lines: readonly string[];
  constructor(faults: readonly Fault[]) {
    const lines = faults.map(faultLine);
    super(`The business has ${lines.length === 1 ? "a fault" : "faults"}:\n${lines.join("\n")}`);
    this.name = "SeedError";
    this.faults = faults;
    this.lines = lines;
  }
}

/** `prices.json: prices[2].unitAmountCents must be a whole number` */
export function faultLine({ file, path, message }: Fault): string {
  const field = fieldText(path);
  return `${file}: ${field === "" ? message : `${field} ${message}`}`;
}

/** `prices[2].unitAmountCents` */
export function fieldText(path: Fault["path"]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

/** The faults of zod's issues; `raw` is the value that zod parsed, as `shape` says. */
export function faultsOf(
  file: string,
  issues: readonly z.core.$ZodIssue[],
  raw: unknown,
  shape?: z.core.$ZodType,
): Fault[] {
  return issues.flatMap((issue): Fault[] => {
    if (issue.code === "unrecognized_keys") {
      const known = shape ? fieldsAt(shape, issue.path) : [];
      return issue.keys.map((key) => {
        const way = meant(key, known) || (known.length > 0 ? `: take it out, or use one of ${known.join(", ")}` : "");
        return { file, path: [...issue.path, key], message: `is not a known field${way}` };
      });
    }
    const value = valueAt(raw, issue.path);
    const isMissing = issue.code !== "custom" && value === undefined;
    return [{ file, path: issue.path, message: isMissing ? "is missing" : words(issue, value) }];
  });
}

function words(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case "invalid_type":
      if (String(issue.path.at(-1)).endsWith("Cents") && typeof value === "number") {
        return `must be a whole number of the smallest unit of its currency, and is ${value}: 9.50 in usd is 950, 480 in jpy is 480`;
      }
      return `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return issue.origin === "number" || issue.origin === "int"
        ? `must be at least ${issue.minimum}`
        : "must not be empty";
    case "too_big":
      return `must be at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a whole number",
  string: "a text",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Readonly<Record<PropertyKey, unknown>>)[key] : undefined,
    raw,
  );
}
