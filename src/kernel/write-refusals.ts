import { Problem, staleState } from "../base/problem.ts";
import type { ApprovalRow } from "../db/approvals.ts";

/** Throws `confirmation_mismatch` unless the texts are equal code point by code point: a look-alike is another text. */
export function assertExact(expected: string, given: string, resource: string): void {
  if (given === expected) return;
  throw new Problem("confirmation_mismatch", {
    detail: `Read the exact text in ${resource}, show it to the person, and send it unchanged.`,
    field: "confirmationText",
    resource,
  });
}

/** For an answer to lines that have changed since its person was shown them. It names no field: the text was right. */
export function shownOtherwise(resource: string): Problem {
  return new Problem("confirmation_mismatch", {
    detail: `What the person was shown has changed since. Read ${resource} again, and repeat the call without a text.`,
    resource,
  });
}

/** Whether a refusal is that of `shownOtherwise`. */
export const wasShownOtherwise = ({ code, details }: Problem): boolean =>
  code === "confirmation_mismatch" && details.field === undefined;

/** For an approval that was decided, ran out, or was asked for something else. */
export function noLongerWaiting(): Problem {
  return new Problem("ineligible_state", { detail: "This approval is no longer waiting. Ask for it again." });
}

/** For an approval whose stored call this version of the server cannot read. */
export function unreadableCall(): Problem {
  return new Problem("ineligible_state", {
    detail: "What was asked cannot be read any more. Nothing was done: it has to be asked for again, with a new key.",
  });
}

/** For an operation whose stored answer was removed with the checkout that it made. Its key stays taken. */
export function answerRemoved(): Problem {
  return new Problem("ineligible_state", {
    detail:
      "This was done more than 30 days ago, was never paid, and its answer was removed. Use a new key to ask for something new.",
  });
}

/** For a finished operation whose answer does not open any more. */
export function answerUnreadable(): Problem {
  return new Problem("ineligible_state", {
    detail:
      "This was done, and its answer can no longer be read. Read the state of what it changed before you ask again under a new key.",
  });
}

/** For a call that its person declined. It stays declined under this key, also with the exact text. */
export function declined(): Problem {
  return new Problem("ineligible_state", {
    detail:
      "The person declined this. If they want it after all, ask with a new key: for 24 hours they decide on our page.",
  });
}

/** For an approval that was withdrawn: why, and what to do next. */
export function approvalWithdrawn(because: ApprovalRow["withdrawnBecause"]): Problem {
  if (because === "subject_changed") {
    return new Problem("stale_state", {
      detail: "It was taken back: its subject changed before a decision. Read the subject again and ask anew.",
    });
  }
  return new Problem("approval_required", {
    detail:
      because === "client_revoked"
        ? "It was taken back: the connection that asked was ended. Ask again through one that stands."
        : "It was taken back: a later call under the same key took its place.",
  });
}

/** The refusal of a new call by a guard of its batch. */
export function guardRefusal(guard: string, resource: string): Problem {
  if (guard === "approval_used") return noLongerWaiting();
  if (guard === "stale_state") return staleState(resource);
  return new Problem("ineligible_state", { detail: `Another call was first. Read ${resource} again.`, resource });
}

/** The wait grows with the operation, so that a caller who obeys it makes a bounded number of calls in a day. */
const WAIT = { part: 1 / 4, most: 300 } as const;

/** How many seconds a caller waits before it repeats a call whose operation has this age in milliseconds. */
export function retryAfter(age: number, least = 2): number {
  return Math.min(WAIT.most, Math.max(least, Math.ceil((age * WAIT.part) / 1000)));
}

/** For a call whose key another run is working on; `age` is the operation's, in milliseconds. */
export function inProgress(age = 0): Problem {
  return new Problem("operation_in_progress", {
    detail: "The same key is being worked on. Repeat the call unchanged in a moment.",
    retryAfterSeconds: retryAfter(age, 1),
  });
}

/** The resource that publishes an operation. */
export const operationUri = (operationId: string) => `commerce://operations/${operationId}`;

/** For a call whose effect may have happened but could not be recorded; `age` is the operation's, in milliseconds. */
export function outcomeUnknown(operationId: string, age = 0): Problem {
  return new Problem("outcome_unknown", {
    detail: `Repeat the call unchanged with the same key, or read ${operationUri(operationId)}. A retry charges no card.`,
    resource: operationUri(operationId),
    retryAfterSeconds: retryAfter(age),
  });
}
