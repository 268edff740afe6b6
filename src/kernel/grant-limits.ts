import { moneyText } from "../base/money.ts";
import { isoTime } from "../base/time.ts";
import type { GrantLimitsRow, Spending } from "../db/grant-limits.ts";

/** The limits of the grant that a call came under, and what they leave now. */
export interface LimitState {
  readonly limits: GrantLimitsRow | undefined;
  /** The checkouts of the last 24 hours that count, by the time of their start. */
  readonly started: readonly { readonly createdAt: number }[];
}

/** Which limit a call is over, and what is left, in a sentence for its caller; undefined for a call within its limits. */
export function overLimit(
  { limits, started }: LimitState,
  spends: Spending | undefined,
  now: number,
): string | undefined {
  if (!limits) return undefined;
  const { mostCents, currency, mostADay, endsAt } = limits;
  if (endsAt !== null && endsAt <= now) return `The person let this app act alone until ${isoTime(endsAt)}.`;
  if (!spends) return undefined;
  if (mostCents !== null && currency !== null && (spends.currency !== currency || spends.amountCents > mostCents)) {
    return `The person lets this app start checkouts of at most ${moneyText(mostCents, currency)} alone.`;
  }
  if (mostADay !== null && started.length >= mostADay) {
    return `The person lets this app start ${mostADay} checkouts in 24 hours alone, and 0 are left.`;
  }
  return undefined;
}
