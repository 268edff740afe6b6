import type { PurchaseChanges } from "../../db/purchase-writes.ts";
import type { BlockedReason, EventRefusal } from "../../db/schema/vocabulary.ts";
import type { Context } from "../../kernel/context.ts";
import { belongs } from "./belongs.ts";
import { changesOf, paymentRow } from "./changes.ts";
import type { PurchaseRows, ReportSource } from "./known.ts";
import { moneyOf } from "./money.ts";
import type { Report } from "./report.ts";
import { standingOf } from "./standing.ts";

/** What a report does. `purchaseWrites` turns `changes` into statements. */
export interface ReportEffects {
  readonly status: "processed" | "ignored" | "blocked";
  /** Why the report is blocked; null in the other statuses. */
  readonly reason: EventRefusal | BlockedReason | null;
  readonly changes: PurchaseChanges;
  /** True when the purchase has to be checked at Stripe: the report alone does not tell its state. */
  readonly undecided: boolean;
}

const NOTHING = { reason: null, changes: { kind: "none" }, undecided: false } as const;

/** A report that is about no checkout of ours. */
export const ignored: ReportEffects = { ...NOTHING, status: "ignored" };
/** A report that a person has to look at. It changes nothing. */
export const refused = (reason: EventRefusal): ReportEffects => ({ ...NOTHING, status: "blocked", reason });

/**
 * Answers the questions of a purchase in their order: what was reported (`report`), what do we have (`rows`), is it ours,
 * what was paid and what went back, what does it all come to, which rows follow? Performs nothing.
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
