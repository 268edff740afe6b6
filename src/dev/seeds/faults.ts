import type { z } from "zod";
import { ScriptError } from "../local/run-script.ts";

/** A fault of the seeds: the file, the field in it, and what is wrong. */
export interface Fault {
  readonly file: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Seeds with faults, each of them listed. No row is written from them, and a script prints them without a stack. */
export class SeedError extends ScriptError {
  readonly faults: readonly string[];
  constructor(faults: readonly Fault[]) {
    const lines = faults.map(faultLine);
    super(`The business has ${lines.length === 1 ? "a fault" : "faults"}:\n${lines.join("\n")}`);
    this.name = "SeedError";
    this.faults = lines;
  }
}

/** `prices.json: prices[2].unitAmountCents must be a whole number` */
function faultLine({ file, path, message }: Fault): string {
  const field = path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
  return `${file}: ${field === "" ? message : `${field} ${message}`}`;
}

/** The faults of zod's issues; `raw` is the value that zod parsed. */
export function faultsOf(file: string, issues: readonly z.core.$ZodIssue[], raw: unknown): Fault[] {
  return issues.flatMap((issue): Fault[] => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ file, path: [...issue.path, key], message: "is not a known field" }));
    }
    const isMissing = issue.code !== "custom" && valueAt(raw, issue.path) === undefined;
    return [{ file, path: issue.path, message: isMissing ? "is missing" : words(issue) }];
  });
}

function words(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
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
