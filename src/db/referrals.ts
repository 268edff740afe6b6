import { and, eq, exists, inArray, lt, notExists } from "drizzle-orm";
import { joined } from "./joined.ts";
import {
  affiliatePartners,
  affiliateReferralClicks,
  attributionRules,
  checkoutReferralAttributions,
  referralLinks,
} from "./schema/index.ts";
import type { Store } from "./store.ts";

/** A click with the rows that decide whether it may be attributed. */
export type ClickRow = Awaited<ReturnType<typeof clickById>>[number];

export function clickById(store: Store, id: string) {
  return store.db.build
    .select({
      click: joined(affiliateReferralClicks, "click"),
      link: joined(referralLinks, "link"),
      partner: joined(affiliatePartners, "partner"),
      rule: joined(attributionRules, "rule"),
    })
    .from(affiliateReferralClicks)
    .innerJoin(
      referralLinks,
      and(
        eq(referralLinks.ownerUserId, affiliateReferralClicks.ownerUserId),
        eq(referralLinks.id, affiliateReferralClicks.referralLinkId),
      ),
    )
    .innerJoin(
      affiliatePartners,
      and(
        eq(affiliatePartners.ownerUserId, referralLinks.ownerUserId),
        eq(affiliatePartners.id, referralLinks.partnerId),
      ),
    )
    .innerJoin(
      attributionRules,
      and(
        eq(attributionRules.ownerUserId, referralLinks.ownerUserId),
        eq(attributionRules.id, referralLinks.attributionRuleId),
      ),
    )
    .where(and(eq(affiliateReferralClicks.ownerUserId, store.ownerUserId), eq(affiliateReferralClicks.id, id)))
    .limit(1);
}

/** A link by its id or its code, with its partner. */
export function linkBy(store: Store, by: { id: string } | { code: string }) {
  return store.db.build
    .select({ link: joined(referralLinks, "link"), partner: joined(affiliatePartners, "partner") })
    .from(referralLinks)
    .innerJoin(
      affiliatePartners,
      and(
        eq(affiliatePartners.ownerUserId, referralLinks.ownerUserId),
        eq(affiliatePartners.id, referralLinks.partnerId),
      ),
    )
    .where(
      and(
        eq(referralLinks.ownerUserId, store.ownerUserId),
        "id" in by ? eq(referralLinks.id, by.id) : eq(referralLinks.code, by.code),
      ),
    )
    .limit(1);
}

/** The click that a visitor recorded under a key: one visitor's keys are not another's. */
export function clickByKey(
  store: Store,
  { visitorHash, idempotencyKey }: { visitorHash: string; idempotencyKey: string },
) {
  return store.db.build
    .select()
    .from(affiliateReferralClicks)
    .where(
      and(
        eq(affiliateReferralClicks.ownerUserId, store.ownerUserId),
        eq(affiliateReferralClicks.visitorHash, visitorHash),
        eq(affiliateReferralClicks.idempotencyKey, idempotencyKey),
      ),
    )
    .limit(1);
}

/**
 * Removes clicks that can no longer be attributed, the oldest first, at most `limit`. A click that an attribution names
 * is kept for good. The published totals stay: they count clicks, not rows. Both answer the ids of their clicks.
 */
export function removeOldClicks(store: Store, limit: number) {
  const { ownerUserId, id, removableAt } = affiliateReferralClicks;
  const { build } = store.db;
  const old = build
    .select({ id })
    .from(affiliateReferralClicks)
    .where(and(eq(ownerUserId, store.ownerUserId), lt(removableAt, store.clock.now())))
    .orderBy(removableAt)
    .limit(limit);
  const naming = build
    .select({ id: checkoutReferralAttributions.id })
    .from(checkoutReferralAttributions)
    .where(
      and(
        eq(checkoutReferralAttributions.ownerUserId, ownerUserId),
        eq(checkoutReferralAttributions.referralClickId, id),
      ),
    );
  const ofOld = and(eq(ownerUserId, store.ownerUserId), inArray(id, old));
  return {
    removed: build
      .delete(affiliateReferralClicks)
      .where(and(ofOld, notExists(naming)))
      .returning({ id }),
    kept: build
      .update(affiliateReferralClicks)
      .set({ removableAt: null })
      .where(and(ofOld, exists(naming)))
      .returning({ id }),
  };
}
