import { and, eq } from "drizzle-orm";
import type { Context } from "../kernel/context.ts";
import { joined } from "./joined.ts";
import { affiliatePartners, affiliateReferralClicks, attributionRules, referralLinks } from "./schema/index.ts";

/** A click with what decides whether it may be attributed. */
export type ClickRow = Awaited<ReturnType<typeof clickById>>[number];

export function clickById(ctx: Context, id: string) {
  return ctx.db.build
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
    .where(and(eq(affiliateReferralClicks.ownerUserId, ctx.ownerUserId), eq(affiliateReferralClicks.id, id)))
    .limit(1);
}

/** The link under its id or its code, with its partner. */
export function linkBy(ctx: Context, by: { id: string } | { code: string }) {
  return ctx.db.build
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
        eq(referralLinks.ownerUserId, ctx.ownerUserId),
        "id" in by ? eq(referralLinks.id, by.id) : eq(referralLinks.code, by.code),
      ),
    )
    .limit(1);
}

export function clickByKey(ctx: Context, idempotencyKey: string) {
  return ctx.db.build
    .select()
    .from(affiliateReferralClicks)
    .where(
      and(
        eq(affiliateReferralClicks.ownerUserId, ctx.ownerUserId),
        eq(affiliateReferralClicks.idempotencyKey, idempotencyKey),
      ),
    )
    .limit(1);
}
