import type { PurchaseChanges } from "../../db/purchase-writes.ts";
import type { BlockedReason, EventRefusal } from "../../db/schema/vocabulary.ts";
import type { Context } from "../../kernel/context.ts";
import { belongs } from "./belongs.ts";
import { changesOf, paymentRow } from "./changes.ts";
import type { PurchaseRows, ReportSource } from "./known.ts";
import { moneyOf } from "./money.ts";
import type { Report } from "./report.ts";
import { standingOf } from "./standing.ts";

/** What a report does. Statements are made of `changes` by `purchaseWrites`. */
export interface ReportEffects {
  readonly status: "processed" | "ignored" | "blocked";
  /** Why a person has to look; null unless blocked. */
  readonly reason: EventRefusal | BlockedReason | null;
  readonly changes: PurchaseChanges;
  /** True when only Stripe knows how the purchase stands, so that it has to be asked. */
  readonly undecided: boolean;
}

const NOTHING = { reason: null, changes: { kind: "none" }, undecided: false } as const;

export const ignored: ReportEffects = { ...NOTHING, status: "ignored" };
export const refused = (reason: EventRefusal): ReportEffects => ({ ...NOTHING, status: "blocked", reason });

/**
 * What was told (`report`), and what do we have (`rows`)? Is it ours? What was paid and what went back? What does it all
 * come to? Which rows follow? Nothing is performed by answering.
 */
export function reportEffects(
  report: Report,
  rows: PurchaseRows,
  source: ReportSource,
  now: number,
  ctx: Context,
): ReportEffects {
  const belonging = belongs(report, rows, source);
  switch (belonging.kind) {
    case "not_ours":
      return ignored;
    case "refused":
      return refused(belonging.refusal);
    case "unassigned_payments": {
      // A refund may arrive before its checkout is known to be paid: the fact waits under its payment.
      const payments = report.payments.map((payment) => paymentRow(payment, source, ctx.ownerUserId));
      return { ...ignored, changes: { kind: belonging.kind, payments, target: report.target } };
    }
    case "ours": {
      const { intent, bound } = belonging;
      const input = { report, rows, intent, bound, source, now, ctx };
      const money = moneyOf(input);
      const standing = standingOf(input, money);
      const changes = changesOf(input, money, standing);
      return {
        status: standing.blockedReason ? "blocked" : "processed",
        reason: standing.blockedReason,
        changes: { kind: "purchase", ...changes },
        undecided: standing.subscriptionChange.undecided,
      };
    }
  }
}
