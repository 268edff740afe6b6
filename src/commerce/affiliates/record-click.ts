import * as z from "zod";
import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/digest.ts";
import { idempotencyKey, storableText } from "../../base/fields.ts";
import { networksOf } from "../../base/network.ts";
import { invalidInput, notFound, Problem } from "../../base/problem.ts";
import { DAY_MS } from "../../base/time.ts";
import { countNetworkUp, countUp } from "../../db/counts.ts";
import { guardChanged } from "../../db/database.ts";
import { clickByKey, linkBy } from "../../db/referrals.ts";
import { affiliateReferralClicks } from "../../db/schema/index.ts";
import type { Context } from "../../kernel/context.ts";
import { idempotencyKeyRequired, parseInput } from "../../kernel/write-request.ts";
import { PUBLIC_LISTS } from "../public-lists.ts";
import { attributionContract } from "./contracts.ts";

/** What a call of the route has to send. */
export const clickShape = z.strictObject({
  referralLinkId: storableText(200).min(1).optional(),
  code: storableText(100).min(1).optional(),
  destinationRoute: storableText(500).min(1),
  idempotencyKey,
  anonymousVisitorKey: storableText(200).min(1).optional(),
});

/** A recorded click as it is answered; what was hashed stays here. */
export const clickAnswer = z.object({
  status: z.literal("recorded"),
  referralClickId: z.string(),
  referralLinkId: z.string(),
  referralCode: z.string(),
  partnerId: z.string(),
  destinationRoute: z.string(),
});

/**
 * Records a visit through a referral link, once for each key of one visitor. Public: a click proves no visitor and grants
 * nothing. The request is kept as keyed hashes of its address, browser and referrer only.
 * Throws `invalid_input`, `not_found` for an unknown link, `idempotency_conflict` for a key of another click, and
 * `rate_limited`.
 */
export async function recordClick(body: unknown, request: Request, ctx: Context) {
  if (typeof body === "object" && body !== null && !("idempotencyKey" in body)) throw idempotencyKeyRequired();
  const input = parseInput(clickShape, body);
  const { referralLinkId, code, idempotencyKey } = input;
  if ((referralLinkId === undefined) === (code === undefined)) {
    throw invalidInput("referralLinkId", "give either referralLinkId or code");
  }
  const by = referralLinkId === undefined ? { code: (code ?? "").toUpperCase() } : { id: referralLinkId };
  const hash = async (text: string | null | undefined, kind: string) =>
    text ? ctx.keyring.keyedHash(text, kind) : null;
  const userAgent = request.headers.get("User-Agent");
  const visitorKeyHash = await hash(input.anonymousVisitorKey, "visitor key");
  const visitorHash =
    visitorKeyHash ?? (await ctx.keyring.keyedHash(`${networksOf(request).narrow} ${userAgent}`, "visitor"));
  const requestHash = await sha256(canonicalJson({ ...by, route: input.destinationRoute, visitorKeyHash }));
  const { link, recorded } = await ctx.db.read({
    link: linkBy(ctx, by),
    recorded: clickByKey(ctx, { visitorHash, idempotencyKey }),
  });
  const [earlier] = recorded;
  if (earlier) return { replayed: true, click: sameClick(earlier, requestHash) };
  const [found] = link;
  if (!found || found.link.status === "disabled") {
    throw notFound(referralLinkId === undefined ? "code" : "referralLinkId", PUBLIC_LISTS.links);
  }
  if (found.link.destinationRoute !== input.destinationRoute) {
    throw invalidInput("destinationRoute", "is not where this link leads");
  }
  const now = ctx.clock.now();
  const row = {
    id: ctx.ids.next("referral-click"),
    ownerUserId: ctx.ownerUserId,
    referralLinkId: found.link.id,
    referralCode: found.link.code,
    partnerId: found.partner.id,
    destinationRoute: found.link.destinationRoute,
    idempotencyKey,
    utmSource: found.link.utmSource,
    visitorKeyHash,
    ipHash: await hash(request.headers.get("CF-Connecting-IP"), "ip address"),
    userAgentHash: await hash(userAgent, "user agent"),
    referrerHash: await hash(request.headers.get("Referer"), "referrer"),
    requestHash,
    visitorHash,
    clickedAt: now,
    createdAt: now,
    // A day more: until then a click that is too old is told apart from an unknown one.
    removableAt: now + (attributionContract.maxClickAgeDays + 1) * DAY_MS,
  };
  const refused = await ctx.db.tryCommit([
    ...(await countNetworkUp(ctx, "clicksADay", request)),
    ...countUp(ctx, "clicksOfALinkADay", found.link.id),
    ctx.db.build.insert(affiliateReferralClicks).values(row).onConflictDoNothing(),
    guardChanged(ctx.db, "click_taken"),
  ]);
  if (!refused) return { replayed: false, click: clickFields(row) };
  const overBound = await ctx.limits.refusalOf(refused);
  if (overBound) throw overBound;
  const [winner] = (await ctx.db.read({ recorded: clickByKey(ctx, { visitorHash, idempotencyKey }) })).recorded;
  if (!winner) throw new Error("the click that was first is gone");
  return { replayed: true, click: sameClick(winner, requestHash) };
}

type Click = Omit<typeof affiliateReferralClicks.$inferSelect, "metadataJson" | "removableAt">;

function sameClick(click: Click, requestHash: string) {
  if (click.requestHash === requestHash) return clickFields(click);
  throw new Problem("idempotency_conflict", {
    detail: "This key was used for another click.",
    field: "idempotencyKey",
  });
}

function clickFields({
  id,
  referralLinkId,
  referralCode,
  partnerId,
  destinationRoute,
}: Click): z.output<typeof clickAnswer> {
  return {
    status: "recorded",
    referralClickId: id,
    referralLinkId,
    referralCode,
    partnerId,
    destinationRoute,
  };
}
