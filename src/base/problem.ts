import type { BoundName } from "./bounds.ts";

/** Every refusal: its HTTP status, and the title that a person or a model reads first. */
export const PROBLEMS = {
  invalid_input: { status: 400, title: "The input does not fit" },
  idempotency_key_required: { status: 400, title: "An idempotency key is required" },
  unauthenticated: { status: 401, title: "Sign-in is required" },
  insufficient_scope: { status: 403, title: "The token does not allow this" },
  not_found: { status: 404, title: "Not found" },
  operation_in_progress: { status: 409, title: "The same operation is being worked on" },
  ineligible_state: { status: 409, title: "Not possible in this state" },
  approval_required: { status: 409, title: "A person has to confirm this" },
  stale_state: { status: 412, title: "The state has changed since it was read" },
  idempotency_conflict: { status: 422, title: "The idempotency key was used for something else" },
  confirmation_mismatch: { status: 422, title: "The confirmation text is not the exact text" },
  confirmation_required: { status: 422, title: "The exact confirmation text is required" },
  rate_limited: { status: 429, title: "Too many calls" },
  internal: { status: 500, title: "Something went wrong here" },
  provider_unavailable: { status: 502, title: "The provider did not take the request" },
  provider_refused: { status: 502, title: "The provider refused, and the business has to mend something" },
  outcome_unknown: { status: 502, title: "It is not known whether the provider acted" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** What a refusal may say beside its code. Nothing in it comes from a cause, a row or another person. */
interface ProblemDetails {
  readonly detail: string;
  /** The argument at fault, as a dotted path. */
  readonly field?: string;
  /** The resource to read (again) before the next try. */
  readonly resource?: string;
  readonly approvalUrl?: string;
  readonly retryAfterSeconds?: number;
  /** Names the log line of an unexpected error. */
  readonly reference?: string;
  /** The bound that was met, for the owner's health. Not on the wire. */
  readonly bound?: BoundName;
  /** The scopes that the call needs. Not on the wire. */
  readonly scopes?: readonly string[];
  /** For a door that can ask the person itself. Not on the wire. */
  readonly asked?: Asked;
}

/** What a person is asked to confirm: the parts of the approval page that a door can show by itself. */
export interface Asked {
  /** What an answer is for: an approval, or a call that no approval can hold. */
  readonly reference: string;
  readonly title: string;
  readonly text: string;
  /** The lines of the question, but quoted text. */
  readonly lines: readonly { readonly label: string; readonly value: string }[];
  /** The hash of the lines, which comes back with the answer. */
  readonly shown: string;
  readonly expiresAt: string;
  /** Whether an answer through the client meets the least proof of the call. */
  readonly elicitable: boolean;
}

/** The wire form, the same at both doors. */
export interface ProblemBody extends Omit<ProblemDetails, "bound" | "scopes" | "asked"> {
  readonly code: ProblemCode;
  readonly title: string;
}

/** A refusal. Thrown through the kernel, rendered once by each door. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly details: ProblemDetails;

  constructor(code: ProblemCode, details: ProblemDetails) {
    super(code);
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  get body(): ProblemBody {
    const { detail, field, resource, approvalUrl, retryAfterSeconds, reference } = this.details;
    return {
      code: this.code,
      title: PROBLEMS[this.code].title,
      detail,
      ...(field !== undefined && { field }),
      ...(resource !== undefined && { resource }),
      ...(approvalUrl !== undefined && { approvalUrl }),
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      ...(reference !== undefined && { reference }),
    };
  }
}

/**
 * The same words for an id that is absent, malformed or another person's, so that ids cannot be probed. A call names the
 * argument that holds the id (`uri` for whatever is read), and for public things the list that has the ids.
 */
export function notFound(field?: string, list?: string): Problem {
  const words = "There is nothing here that you can see under this id.";
  return new Problem("not_found", {
    detail: list === undefined ? words : `${words} Read ${list} for the ids that there are.`,
    ...(field !== undefined && { field }),
    ...(list !== undefined && { resource: list }),
  });
}

export function invalidInput(field: string, rule: string): Problem {
  return new Problem("invalid_input", { detail: `${field}: ${rule}`, field });
}

export function staleState(resource: string): Problem {
  return new Problem("stale_state", {
    detail: `Read ${resource} again, check what changed, and quote its updatedAt.`,
    resource,
  });
}

/** Restores a refusal that was stored as an operation's answer. */
export function problemFrom(body: ProblemBody): Problem {
  const { code, title: _title, ...details } = body;
  return new Problem(code, details);
}
