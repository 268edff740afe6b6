import { moneyText } from "../base/money.ts";
import { DAY_MS, MINUTE_MS, minuteText } from "../base/time.ts";
import type { GrantLimitsRow, Spending } from "../db/grant-limits.ts";

/** The limits of the grant that a call came under, and what they leave now. */
export interface LimitState {
  readonly limits: GrantLimitsRow | undefined;
  /** As `startedUnderGrant` reads them: the newest first, at most as many as the limit names. */
  readonly started: readonly { readonly createdAt: number }[];
}

/** The resource in which an app reads its limits. */
export const LIMITS_URI = "commerce://limits";

/** How many checkouts the limit of a day leaves, and from when on it leaves one more; undefined without such a limit. */
export function leftToday({ limits, started }: LimitState) {
  const most = limits?.mostADay ?? null;
  if (most === null) return undefined;
  const left = Math.max(0, most - started.length);
  const last = started[most - 1];
  return { most, left, freeAgainAt: left === 0 && last ? last.createdAt + DAY_MS : undefined };
}

/** Which limit a call is over, and what is left, in a sentence for app and person; undefined for a call within its limits. */
export function overLimit(state: LimitState, spends: Spending | undefined, now: number): string | undefined {
  const { limits } = state;
  if (!limits) return undefined;
  const { mostCents, currency, endsAt } = limits;
  if (endsAt !== null && endsAt <= now) return `This app could act alone until ${minuteText(endsAt)}.`;
  if (!spends) return undefined;
  if (mostCents !== null && currency !== null && (spends.currency !== currency || spends.amountCents > mostCents)) {
    const asked = moneyText(spends.amountCents, spends.currency);
    return `This app's limit is ${moneyText(mostCents, currency)} a checkout, and this one is ${asked}.`;
  }
  const day = leftToday(state);
  if (!day || day.left > 0) return undefined;
  const again = day.freeAgainAt === undefined ? "" : `, and one is free again at ${nextMinute(day.freeAgainAt)}`;
  return `This app's limit is ${day.most} ${day.most === 1 ? "checkout" : "checkouts"} in 24 hours: 0 are left${again}.`;
}

/** The first whole minute from an instant on, so that a caller who waits for it does not come too early. */
const nextMinute = (instant: number) => minuteText(Math.ceil(instant / MINUTE_MS) * MINUTE_MS);
