import type * as z from "zod";
import { waitText } from "../base/wait-text.ts";

/** The first fault of each field, in words for the person who typed it. */
type FieldErrors = Readonly<Record<string, string>>;

/** The outcome for fields that don't fit. */
export interface InvalidFields {
  readonly kind: "invalid_fields";
  readonly errors: FieldErrors;
}

/** The outcome for an attempt over its limit. */
export interface TooManyAttempts {
  readonly kind: "too_many_attempts";
  readonly retryAfterSeconds: number;
}

/** The status and the faults that a form page is shown again with. */
export interface Faults {
  readonly status: 409 | 422 | 429;
  readonly errors?: FieldErrors;
  /** A fault of the whole form. */
  readonly fault?: string;
  readonly retryAfterSeconds?: number;
}

/** The fields of `input` as the schema reads them, or their faults. */
export function readFields<S extends z.ZodType>(
  schema: S,
  input: unknown,
): { readonly kind: "valid_fields"; readonly fields: z.output<S> } | InvalidFields {
  const read = schema.safeParse(input);
  if (read.success) return { kind: "valid_fields", fields: read.data };
  const errors: Record<string, string> = {};
  for (const issue of read.error.issues) errors[issue.path.join(".")] ??= issue.message;
  return { kind: "invalid_fields", errors };
}

/** How a form page shows a refused attempt. */
export function faultsOf(refused: InvalidFields | TooManyAttempts): Faults {
  switch (refused.kind) {
    case "invalid_fields":
      return { status: 422, errors: refused.errors };
    case "too_many_attempts":
      return { status: 429, fault: waitWords(refused), retryAfterSeconds: refused.retryAfterSeconds };
  }
}

/** What a person reads when a limit is used up. */
export const waitWords = ({ retryAfterSeconds }: TooManyAttempts): string =>
  `Too many attempts. Try again in ${waitText(retryAfterSeconds)}.`;
