import { sha256 } from "../../base/keyring.ts";
import type { IntentRow } from "../../db/checkouts.ts";
import type { Rows } from "../../db/database.ts";
import type { purchaseQueries } from "../../db/purchase-rows.ts";
import type { AuditEntry } from "../../kernel/confirmed-write.ts";
import type { Context } from "../../kernel/context.ts";
import type { BoundIds } from "./belongs.ts";
import type { Report } from "./report.ts";

/** What the database has of the purchase that a report is about. */
export type PurchaseRows = Rows<ReturnType<typeof purchaseQueries>>;
/** A line of the checkout with what it gives, and the policy of its product. */
export type Grant = PurchaseRows["grants"][number];

/** Where a report came from: an event, or a look of our own. */
export interface ReportSource {
  /** Null for a look of our own. */
  readonly stripeEventId: string | null;
  /** Epoch milliseconds, by Stripe's clock. */
  readonly at: number;
  /** What the audit calls a change of the purchase. */
  readonly eventKind: AuditEntry["eventKind"];
  /** Keyed: the buyer's e-mail can be compared and not read. */
  readonly buyerEmailHash: string | null;
  /** The hash of the token in the session's return link. */
  readonly returnLinkSha256: string | null;
}

/** Everything that the fold of a purchase works with, once the report is known to belong to a checkout. */
export interface FoldInput {
  readonly report: Report;
  readonly rows: PurchaseRows;
  readonly intent: IntentRow;
  readonly bound: BoundIds;
  readonly source: ReportSource;
  readonly now: number;
  readonly ctx: Context;
}

/** The two hashes of a session that the stored rows are compared with. */
export async function hashesOf(
  report: Report | undefined,
  ctx: Context,
): Promise<Pick<ReportSource, "buyerEmailHash" | "returnLinkSha256">> {
  const { buyerEmail, successUrl } = report?.session ?? {};
  const email = buyerEmail?.trim().toLowerCase();
  const token = successUrl?.split("/").at(-1);
  return {
    buyerEmailHash: email ? await ctx.keyring.keyedHash(email, "e-mail") : null,
    returnLinkSha256: token ? await sha256(token) : null,
  };
}
