import { sha256 } from "../../base/digest.ts";
import type { AuditEntry } from "../../db/audit.ts";
import type { IntentRow } from "../../db/checkouts.ts";
import { GuardFailed, type Query, type Rows } from "../../db/database.ts";
import { EMAIL_HASH, hashedEmail, payerPlace, type ReportedPayer } from "../../db/order-payers.ts";
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
  /** A keyed hash of the buyer's e-mail address; null where none was reported, and where the person was erased. */
  readonly buyerEmailHash: string | null;
  /** The payer to keep: null where the order has one, where they were erased, and while nothing was ordered. */
  readonly payer: ReportedPayer | null;
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

/** A source before the rows of its purchase are read. */
export type UnreadSource = Omit<ReportSource, "payer">;

/**
 * Reads, decides, and commits the writes that `decide` returns. Reads and decides again when a guard aborts the commit,
 * since another one came between.
 */
export async function readAndCommit<Q extends Record<string, Query>, Answer>(
  queries: () => Q,
  decide: (rows: Rows<Q>) => Promise<{ readonly writes: readonly Query[]; readonly answer: Answer }>,
  { db }: Context,
): Promise<Answer> {
  for (let tries = 0; tries < TRIES; tries++) {
    const { writes, answer } = await decide(await db.read(queries()));
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
  const email = hashedEmail(buyerEmail ?? "");
  const token = successUrl?.split("/").at(-1);
  return {
    buyerEmailHash: email ? await ctx.keyring.keyedHash(email, EMAIL_HASH) : null,
    returnLinkSha256: token ? await sha256(token) : null,
  };
}

/**
 * The source with the payer that the report names, sealed for the order that was found. The first report wins. Of an erased
 * person no later report keeps an address or a hash.
 */
export async function withPayer(
  source: UnreadSource,
  report: Report | undefined,
  rows: PurchaseRows,
  { keyring }: Context,
): Promise<ReportSource> {
  const [intent] = rows.intent;
  const [known] = rows.payer;
  const { buyerEmailHash } = source;
  const email = report?.session?.buyerEmail?.trim();
  if (known?.isErased === 1) return { ...source, buyerEmailHash: null, payer: null };
  // An address that was typed on a page which was left again belongs to no order.
  const isOrdered = report?.facts.includes("session_complete") ?? false;
  if (!intent || known?.isKnown === 1 || !email || !buyerEmailHash || !isOrdered) return { ...source, payer: null };
  const emailSealed = await keyring.seal(email, payerPlace(intent.id));
  return { ...source, payer: { emailSealed, emailHash: buyerEmailHash } };
}
