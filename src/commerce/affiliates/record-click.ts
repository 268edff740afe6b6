import * as z from "zod";
import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/digest.ts";
import { idempotencyKey, storableText } from "../../base/fields.ts";
import { invalidInput, notFound, Problem } from "../../base/problem.ts";
import { GuardFailed, guardChanged } from "../../db/database.ts";
import { clickByKey, linkBy } from "../../db/referrals.ts";
import { affiliateReferralClicks } from "../../db/schema/index.ts";
import type { Context } from "../../kernel/context.ts";
import { idempotencyKeyRequired, parseInput } from "../../kernel/write-request.ts";

const clickSchema = z.strictObject({
  referralLinkId: storableText(200).min(1).optional(),
  code: storableText(100).min(1).optional(),
  destinationRoute: storableText(500).min(1),
  idempotencyKey,
  anonymousVisitorKey: storableText(200).min(1).optional(),
});

/** What a browser says of itself; kept only as keyed hashes. */
interface Visitor {
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly referrer: string | null;
}

/**
 * Records a visit through a referral link, once for each key. Public: a click proves no visitor and grants nothing.
 * Throws `invalid_input`, `not_found` for an unknown link, `idempotency_conflict` for a key of another click.
 */
export async function recordClick(body: unknown, visitor: Visitor, ctx: Context) {
  if (typeof body === "object" && body !== null && !("idempotencyKey" in body)) throw idempotencyKeyRequired();
  const input = parseInput(clickSchema, body);
  const { referralLinkId, code } = input;
  if ((referralLinkId === undefined) === (code === undefined)) {
    throw invalidInput("referralLinkId", "give either referralLinkId or code");
  }
  const by = referralLinkId === undefined ? { code: (code ?? "").toUpperCase() } : { id: referralLinkId };
  const visitorKeyHash = input.anonymousVisitorKey
    ? await ctx.keyring.keyedHash(input.anonymousVisitorKey, "visitor key")
    : null;
  const requestHash = await sha256(canonicalJson({ ...by, route: input.destinationRoute, visitorKeyHash }));
  const { link, recorded } = await ctx.db.read({
    link: linkBy(ctx, by),
    recorded: clickByKey(ctx, input.idempotencyKey),
  });
  const [earlier] = recorded;
  if (earlier) return { replayed: true, click: sameClick(earlier, requestHash) };
  const [found] = link;
  if (!found || found.link.status === "disabled") throw notFound();
  if (found.link.destinationRoute !== input.destinationRoute) {
    throw invalidInput("destinationRoute", "is not where this link leads");
  }
  const hash = async (text: string | null | undefined, kind: string) =>
    text ? ctx.keyring.keyedHash(text, kind) : null;
  const now = ctx.clock.now();
  const row = {
    id: ctx.ids.next("referral-click"),
    ownerUserId: ctx.ownerUserId,
    referralLinkId: found.link.id,
    referralCode: found.link.code,
    partnerId: found.partner.id,
    destinationRoute: found.link.destinationRoute,
    idempotencyKey: input.idempotencyKey,
    utmSource: found.link.utmSource,
    visitorKeyHash,
    ipHash: await hash(visitor.ip, "ip address"),
    userAgentHash: await hash(visitor.userAgent, "user agent"),
    referrerHash: await hash(visitor.referrer, "referrer"),
    requestHash,
    clickedAt: now,
    createdAt: now,
  };
  try {
    await ctx.db.commit([
      ctx.db.build.insert(affiliateReferralClicks).values(row).onConflictDoNothing(),
      guardChanged(ctx.db, "click_taken"),
    ]);
    return { replayed: false, click: clickFields(row) };
  } catch (error) {
    if (!(error instanceof GuardFailed)) throw error;
    const [winner] = (await ctx.db.read({ recorded: clickByKey(ctx, input.idempotencyKey) })).recorded;
    if (!winner) throw error;
    return { replayed: true, click: sameClick(winner, requestHash) };
  }
}

type Click = Omit<typeof affiliateReferralClicks.$inferSelect, "metadataJson">;

function sameClick(click: Click, requestHash: string) {
  if (click.requestHash === requestHash) return clickFields(click);
  throw new Problem("idempotency_conflict", {
    detail: "This key was used for another click.",
    field: "idempotencyKey",
  });
}

function clickFields({ id, referralLinkId, referralCode, partnerId, destinationRoute }: Click) {
  return {
    status: "recorded" as const,
    referralClickId: id,
    referralLinkId,
    referralCode,
    partnerId,
    destinationRoute,
  };
}
