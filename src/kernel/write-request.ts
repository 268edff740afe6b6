import * as z from "zod";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { envelopeFields } from "../base/fields.ts";
import { invalidInput, Problem } from "../base/problem.ts";
import type { ConfirmedWrite } from "./confirmed-write.ts";
import { callSha256 } from "./same-call.ts";

/** A call whose shape has been checked. */
export interface WriteRequest {
  readonly input: Record<string, unknown>;
  readonly idempotencyKey: string;
  /** The text that came with the call; undefined where a person has to be asked. */
  readonly givenText: string | undefined;
  readonly expectedUpdatedAt: number;
  /** SHA-256 of the canonical JSON of write, arguments and expected version; the text is no part of it. */
  readonly fingerprint: string;
  /** SHA-256 of the call however it is spelled, which a no of its person counts against. */
  readonly callSha256: string;
}

const envelope = z.object(envelopeFields);
const schemas = new WeakMap<ConfirmedWrite, z.ZodObject>();

/** The strict schema of the write's own arguments and the envelope. */
export function requestSchema(write: ConfirmedWrite): z.ZodObject {
  const known = schemas.get(write) ?? z.strictObject({ ...write.input.shape, ...envelopeFields });
  schemas.set(write, known);
  return known;
}

/** Throws `idempotency_key_required` or `invalid_input` with the first field at fault. */
export async function parseWriteRequest(write: ConfirmedWrite, args: unknown): Promise<WriteRequest> {
  if (typeof args !== "object" || args === null || Array.isArray(args)) {
    throw invalidInput("arguments", "must be an object");
  }
  if (!("idempotencyKey" in args)) {
    throw idempotencyKeyRequired();
  }
  const { confirmationText, idempotencyKey, expectedUpdatedAt, ...input } = parseInput(requestSchema(write), args);
  const sent = envelope.parse({ confirmationText, idempotencyKey, expectedUpdatedAt });
  const fingerprint = await sha256(canonicalJson({ write: write.name, input, expectedUpdatedAt }));
  return {
    input,
    idempotencyKey: sent.idempotencyKey,
    givenText: sent.confirmationText,
    expectedUpdatedAt: Date.parse(sent.expectedUpdatedAt),
    fingerprint,
    callSha256: await callSha256(write, input, sent.expectedUpdatedAt),
  };
}

/** The argument of a call that can't be stored until a person has approved; undefined where the call can wait. */
export function unstorableIn({ unstorable }: ConfirmedWrite, input: WriteRequest["input"]): string | undefined {
  return unstorable !== undefined && input[unstorable] !== undefined ? unstorable : undefined;
}

/** The refusal of a write without an idempotency key. */
export function idempotencyKeyRequired(): Problem {
  return new Problem("idempotency_key_required", {
    detail: "Send an idempotency key of your own, and the same one again when you retry.",
    field: "idempotencyKey",
  });
}

/** Parses, or throws `invalid_input` that names the field and the rule, and repeats nothing of the input. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue?.code === "unrecognized_keys") {
    // The name of an unknown argument is input too: only text in the shape of a name is repeated.
    const name = [...issue.path, issue.keys[0]].join(".");
    throw invalidInput(/^[\w.-]{1,60}$/.test(name) ? name : "input", "is not an argument of this");
  }
  const field = issue?.path.join(".") || "input";
  throw invalidInput(field, isMissing(value, issue?.path ?? []) ? "is required" : (issue?.message ?? "does not fit"));
}

/** Whether the value at the path is missing: "is required" then says more than the rule for a value. */
function isMissing(value: unknown, path: readonly PropertyKey[]): boolean {
  const at = path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
  return path.length > 0 && at === undefined;
}
