import { sha256 } from "../../base/digest.ts";
import type { AuditEntry } from "../../db/audit.ts";
import { GuardFailed } from "../../db/database.ts";
import { purchaseQueries } from "../../db/purchase-rows.ts";
import type { ActorKind } from "../../db/schema/vocabulary.ts";
import type { Context } from "../../kernel/context.ts";
import { purchaseAudit } from "./audit.ts";
import type { Source } from "./decision.ts";
import { reportEffects } from "./effects.ts";
import type { Report } from "./report.ts";

/** As many as an event gets: the webhook may be at the same purchase. */
const TRIES = 12;
/** Calls to D1 that applying makes at most. */
export const TRIPS_TO_APPLY_REPORT = 2 * TRIES;

/** Who looked, and what the audit calls a change that came of it. */
export interface Look {
  readonly actorKind: ActorKind;
  readonly eventKind: AuditEntry["eventKind"];
}

/**
 * Applies what we fetched from Stripe ourselves, through the same fold as an event. True where something changed.
 * Throws when it lost every race: the next look finds the same.
 */
export async function applyReport(report: Report, { actorKind, eventKind }: Look, ctx: Context): Promise<boolean> {
  const hashes = await hashesOf(report, ctx);
  for (let tries = 0; tries < TRIES; tries++) {
    const rows = await ctx.db.read(purchaseQueries(ctx, report.target));
    const now = ctx.clock.now();
    const source = { stripeEventId: null, at: now, eventKind, ...hashes };
    const { writes, audit } = reportEffects(report, rows, source, now, ctx);
    if (writes.length === 0) return false;
    try {
      await ctx.db.commit([
        ...writes,
        ...purchaseAudit(audit, rows.intent[0], { actorKind, stripeEventId: null }, now, ctx),
      ]);
      return true;
    } catch (error) {
      if (!(error instanceof GuardFailed)) throw error;
    }
  }
  throw new Error("a report lost every race for its purchase");
}

/** What of a session can be compared and not read: the buyer's e-mail as a keyed hash, and the link that it leads back by. */
export async function hashesOf(
  report: Report | undefined,
  ctx: Context,
): Promise<Pick<Source, "buyerEmailHash" | "returnLinkSha256">> {
  const { customer_details, success_url } = report?.session ?? {};
  const email = customer_details?.email?.trim().toLowerCase();
  const token = success_url?.split("/").at(-1);
  return {
    buyerEmailHash: email ? await ctx.keyring.keyedHash(email, "e-mail") : null,
    returnLinkSha256: token ? await sha256(token) : null,
  };
}
