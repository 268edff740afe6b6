import { and, eq } from "drizzle-orm";
import { joined } from "./joined.ts";
import { affiliatePartners, affiliateReferralClicks, attributionRules, referralLinks } from "./schema/index.ts";
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

export function clickByKey(store: Store, idempotencyKey: string) {
  return store.db.build
    .select()
    .from(affiliateReferralClicks)
    .where(
      and(
        eq(affiliateReferralClicks.ownerUserId, store.ownerUserId),
        eq(affiliateReferralClicks.idempotencyKey, idempotencyKey),
      ),
    )
    .limit(1);
}
