import { Problem } from "../../base/problem.ts";
import { DAY_MS } from "../../base/time.ts";
import type { OfferRow } from "../../db/offers.ts";
import type { ClickRow } from "../../db/referrals.ts";
import type { StripeMode } from "../../db/schema/vocabulary.ts";
import { attributionContract } from "./contracts.ts";

/** Throws `ineligible_state` unless the click may count for this offer, sold in this mode, at this time (epoch milliseconds). */
export function assertAttributable(
  { click, link, partner, rule }: ClickRow,
  { stack }: OfferRow,
  mode: StripeMode,
  now: number,
): void {
  const window = Math.min(rule.windowDays, attributionContract.maxClickAgeDays) * DAY_MS;
  if (partner.status !== "approved") throw unfit("its partner is not approved");
  const enabled = mode === "live" ? link.liveAttribution : link.sandboxAttribution;
  if (enabled !== 1) throw unfit("its link is not enabled for attribution");
  if (click.destinationRoute !== stack.funnelRoute) throw unfit("it led to another funnel than this offer's");
  if (click.clickedAt > now) throw unfit("it is later than this checkout");
  if (now - click.clickedAt > window) throw unfit("it is too old");
}

function unfit(why: string): Problem {
  return new Problem("ineligible_state", {
    detail: `The referral click cannot be attached: ${why}. Nothing was started; leave it out or use another.`,
    field: "referralClickId",
  });
}
