import Stripe from "stripe";
import type { StripeMode } from "../../db/schema/vocabulary.ts";

/** Unanswered or rate-limited calls in a row that close a mode for the rest of the run. */
const UNANSWERED_IN_A_ROW = 3;

/**
 * How Stripe answered for a mode in a run. `rights_missing`: the restricted key may not read some of the objects; the work
 * that needs them fails, and the run continues.
 */
export type Reached = "reached" | "rights_missing" | "key_refused" | "no_answer";

const CLOSED: ReadonlySet<Reached | undefined> = new Set<Reached>(["key_refused", "no_answer"]);

/** The modes that are open for the rest of a run. A closed mode uses none of the other's budget. */
export interface Reach {
  readonly modes: readonly StripeMode[];
  /** Notes that Stripe answered, or how a call failed. */
  note(mode: StripeMode, error?: unknown): void;
  readonly report: Readonly<Partial<Record<StripeMode, Reached>>>;
}

export function openReach(all: readonly StripeMode[]): Reach {
  const reached = new Map<StripeMode, Reached>(all.map((mode) => [mode, "reached"]));
  const unanswered = new Map<StripeMode, number>();
  return {
    get modes() {
      return all.filter((mode) => !CLOSED.has(reached.get(mode)));
    },
    note(mode, error) {
      const { errors } = Stripe;
      if (error instanceof errors.StripePermissionError) reached.set(mode, "rights_missing");
      if (error instanceof errors.StripeAuthenticationError) reached.set(mode, "key_refused");
      const silent = error instanceof errors.StripeConnectionError || error instanceof errors.StripeRateLimitError;
      const inARow = silent ? (unanswered.get(mode) ?? 0) + 1 : 0;
      unanswered.set(mode, inARow);
      if (inARow >= UNANSWERED_IN_A_ROW) reached.set(mode, "no_answer");
    },
    get report() {
      return Object.fromEntries(reached);
    },
  };
}
