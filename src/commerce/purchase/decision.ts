import type { AuditEntry } from "../../db/audit.ts";
import type { IntentRow } from "../../db/checkouts.ts";
import type { Rows } from "../../db/database.ts";
import type { purchaseQueries } from "../../db/purchase-rows.ts";
import type { Changes } from "../../kernel/confirmed-write.ts";
import type { Context } from "../../kernel/context.ts";

/** What the database knows of the purchase that a report is about. */
export type Known = Rows<ReturnType<typeof purchaseQueries>>;

/** Where a report came from: an event's id and time, or a look of our own. */
export interface Source {
  readonly stripeEventId: string | null;
  /** Epoch milliseconds, Stripe's. */
  readonly at: number;
  /** What the audit calls a change of the purchase. */
  readonly eventKind: AuditEntry["eventKind"];
  readonly buyerEmailHash: string | null;
  /** Of the link that its session leads back by. */
  readonly returnLinkSha256: string | null;
}

/** Everything that a part of a purchase is decided by, beside the report itself. */
export interface Deciding {
  readonly intent: IntentRow;
  readonly known: Known;
  readonly source: Source;
  readonly now: number;
  readonly ctx: Context;
}

export const NO_CHANGES: Changes = { writes: [], audit: [] };
