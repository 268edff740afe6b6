import type { Context } from "../context.ts";
import { GuardFailed } from "../db/database.ts";
import { purchaseQueries } from "../db/purchases.ts";
import type { ActorKind } from "../kernel/actor.ts";
import type { AuditEntry } from "../kernel/confirmed-write.ts";
import { purchaseAudit } from "./purchase/audit.ts";
import { reportEffects } from "./purchase/effects.ts";
import type { Report } from "./purchase/report.ts";

/** As many as an event gets: the webhook may be at the same purchase. */
const TRIES = 12;

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
  const hash = await buyerEmailHash(report, ctx);
  for (let tries = 0; tries < TRIES; tries++) {
    const rows = await ctx.db.read(purchaseQueries(ctx, report.target));
    const now = ctx.clock.now();
    const source = { stripeEventId: null, at: now, eventKind, buyerEmailHash: hash };
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

/** The e-mail that Stripe reports, as a keyed hash: it can be compared and not read. */
export async function buyerEmailHash(report: Report | undefined, ctx: Context): Promise<string | null> {
  const email = report?.session?.customer_details?.email;
  return email ? ctx.keyring.keyedHash(email.trim().toLowerCase(), "e-mail") : null;
}
