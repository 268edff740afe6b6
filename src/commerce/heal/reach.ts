import Stripe from "stripe";
import type { StripeMode } from "../../stripe/client.ts";

/** Calls of one mode that get no answer, or too many at once, before the rest of the run leaves it alone. */
const UNANSWERED_IN_A_ROW = 3;

/** How far a mode's Stripe could be asked in a run. */
export type Reached = "reached" | "key_refused" | "no_answer";

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
      return all.filter((mode) => reached.get(mode) === "reached");
    },
    note(mode, error) {
      const { errors } = Stripe;
      // Whoever has no right to one object has none to the others.
      if (error instanceof errors.StripeAuthenticationError || error instanceof errors.StripePermissionError) {
        reached.set(mode, "key_refused");
      }
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
