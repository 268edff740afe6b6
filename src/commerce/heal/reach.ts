import Stripe from "stripe";
import type { StripeMode } from "../../db/schema/vocabulary.ts";

/** Calls of one mode that get no answer, or too many at once, before the rest of the run leaves it alone. */
const UNANSWERED_IN_A_ROW = 3;

/**
 * How far a mode's Stripe could be asked in a run. `rights_missing`: a restricted key may not read something that was
 * asked for; whatever needs it fails by itself, and the run goes on.
 */
export type Reached = "reached" | "rights_missing" | "key_refused" | "no_answer";

const CLOSED: ReadonlySet<Reached | undefined> = new Set<Reached>(["key_refused", "no_answer"]);

/** Which modes are worth asking for the rest of a run: one that is out costs the other nothing. */
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
