import { sha256 } from "../../base/digest.ts";
import type { AuditEntry } from "../../db/audit.ts";
import type { IntentRow } from "../../db/checkouts.ts";
import { GuardFailed, type Query, type Rows } from "../../db/database.ts";
import type { purchaseQueries } from "../../db/purchase-rows.ts";
import type { ActorKind, StripeMode } from "../../db/schema/vocabulary.ts";
import type { Context } from "../../kernel/context.ts";
import type { Report } from "./report.ts";

/** What the database has of the purchase that a report is about. */
export type PurchaseRows = Rows<ReturnType<typeof purchaseQueries>>;
/** A line of the checkout with what it gives, and the policy of its product. */
export type Grant = PurchaseRows["grants"][number];

/** The Stripe ids of a checkout; null while unknown. */
export type BoundIds = Pick<
  IntentRow,
  "stripeCheckoutSessionId" | "stripePaymentIntentId" | "stripeSubscriptionId" | "stripeInvoiceId"
>;

/** Where a report comes from: an event, or a check of the purchase at Stripe. */
export interface ReportSource {
  /** Null for a check. */
  readonly stripeEventId: string | null;
  /** The mode whose endpoint or key vouches for the report. */
  readonly stripeMode: StripeMode;
  /** Epoch milliseconds: the event's time by Stripe's clock, or the check's by ours. */
  readonly at: number;
  /** Whose action the audit names. */
  readonly actorKind: ActorKind;
  /** What the audit calls a change of the purchase. */
  readonly eventKind: AuditEntry["eventKind"];
  /** A keyed hash of the buyer's e-mail address. */
  readonly buyerEmailHash: string | null;
  /** The hash of the token in the session's return link. */
  readonly returnLinkSha256: string | null;
}

/** The input of the fold of a purchase, once the report is known to belong to a checkout. */
export interface FoldInput {
  readonly report: Report;
  readonly rows: PurchaseRows;
  readonly intent: IntentRow;
  readonly bound: BoundIds;
  readonly source: ReportSource;
  readonly now: number;
  readonly ctx: Context;
}

/**
 * Other reports on the same purchase may be applied at the same time, and the loser reads again. The start of a plan makes
 * seven events at once, and in each round one of them wins.
 */
const TRIES = 12;
/** Calls to D1 that applying an event or a report makes at most. */
export const TRIPS_TO_APPLY = 2 * TRIES;

/**
 * Reads, decides, and commits the writes that `decide` returns. Reads and decides again when a guard aborts the commit,
 * since another one came between.
 */
export async function readAndCommit<Q extends Record<string, Query>, Answer>(
  queries: () => Q,
  decide: (rows: Rows<Q>) => { readonly writes: readonly Query[]; readonly answer: Answer },
  { db }: Context,
): Promise<Answer> {
  for (let tries = 0; tries < TRIES; tries++) {
    const { writes, answer } = decide(await db.read(queries()));
    try {
      if (writes.length > 0) await db.commit(writes);
      return answer;
    } catch (error) {
      if (!(error instanceof GuardFailed)) throw error;
    }
  }
  throw new Error("a report lost every race for its purchase");
}

/** The two hashes of a session's private values, which stored hashes are compared with. */
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
