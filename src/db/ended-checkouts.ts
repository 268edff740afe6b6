import { and, asc, eq, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import type { AnySQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import { guardThat, type Query } from "./database.ts";
import { idsAmong } from "./ids-among.ts";
import {
  affiliateCommissionLedgerEntries,
  approvals,
  billingInvoices,
  billingSubscriptions,
  checkoutFacts,
  checkoutIntentLines,
  checkoutIntents,
  checkoutLinks,
  checkoutPostPurchaseDecisions,
  checkoutReferralAttributions,
  operations,
  paymentAuditEvents,
  productEntitlements,
} from "./schema/index.ts";
import type { Store } from "./store.ts";

/** What a checkout has in place of its request once the request was removed. */
const NO_REQUEST = "{}";

/** Rows that name a checkout and stay: its own row stays with them. */
const NAMING = [
  checkoutReferralAttributions,
  affiliateCommissionLedgerEntries,
  checkoutPostPurchaseDecisions,
  productEntitlements,
  billingSubscriptions,
  billingInvoices,
];

/** Ended without a payment, at rest at Stripe, and still with its request: word for word the index `checkout_intents_ended`. */
const ENDED = sql`${checkoutIntents.status} IN ('expired', 'canceled', 'failed') AND ${checkoutIntents.paidAt} IS NULL
  AND ${checkoutIntents.checkAt} IS NULL AND ${checkoutIntents.frozenRequestJson} <> '{}'`;

/** A checkout that ended without a payment, and whether other rows name it. */
interface EndedCheckout {
  readonly id: string;
  readonly operationId: string;
  readonly named: boolean;
}

type OwnedTable = SQLiteTable & { readonly ownerUserId: AnySQLiteColumn };

/** Times, in epoch milliseconds. */
interface EndedBefore {
  /** The checkout was started, and its operations were finished, before this. */
  readonly before: number;
  /** The checkout's row changed last before this. */
  readonly restedSince: number;
}

/**
 * Checkouts that ended without a payment, the oldest first. One of which an operation is unfinished, or changed since
 * `before`, is left out: its key is kept.
 */
export function endedCheckouts(store: Store, { before, restedSince }: EndedBefore, limit: number) {
  const { build } = store.db;
  const ofCheckout = build
    .select({ id: operations.id })
    .from(paymentAuditEvents)
    .innerJoin(
      operations,
      and(
        eq(operations.ownerUserId, paymentAuditEvents.ownerUserId),
        eq(operations.id, paymentAuditEvents.operationId),
      ),
    )
    .where(
      and(
        eq(paymentAuditEvents.ownerUserId, checkoutIntents.ownerUserId),
        eq(paymentAuditEvents.checkoutIntentId, checkoutIntents.id),
        or(sql`${operations.status} NOT IN ('succeeded', 'failed')`, sql`${operations.updatedAt} >= ${before}`),
      ),
    );
  const naming = NAMING.map(
    (table) => sql`EXISTS (SELECT 1 FROM ${table} WHERE ${table.ownerUserId} = ${checkoutIntents.ownerUserId}
      AND ${table.checkoutIntentId} = ${checkoutIntents.id})`,
  );
  return build
    .select({
      id: checkoutIntents.id,
      operationId: checkoutIntents.operationId,
      named: sql<number>`${or(...naming)}`.as("named"),
    })
    .from(checkoutIntents)
    .where(
      and(
        eq(checkoutIntents.ownerUserId, store.ownerUserId),
        ENDED,
        lt(checkoutIntents.createdAt, before),
        lt(checkoutIntents.updatedAt, restedSince),
        sql`NOT EXISTS ${ofCheckout}`,
      ),
    )
    .orderBy(asc(checkoutIntents.createdAt))
    .limit(limit);
}

/**
 * Removes checkouts that no other row names, with their operations, and takes request, links and stored answer from those
 * that one names. Guarded: a checkout that changed since it was read aborts the batch with `checkout_moved`.
 */
export function clearEnded(store: Store, found: readonly EndedCheckout[], now: number): Query[] {
  const { build } = store.db;
  const all = found.map(({ id }) => id);
  const gone = found.filter(({ named }) => !named).map(({ id }) => id);
  const kept = found.filter(({ named }) => named);
  const owned = (column: AnySQLiteColumn) => eq(column, store.ownerUserId);
  const theirOperations = sql`(SELECT ${paymentAuditEvents.operationId} FROM ${paymentAuditEvents}
    WHERE ${paymentAuditEvents.ownerUserId} = ${store.ownerUserId} AND ${paymentAuditEvents.checkoutIntentId} IN ${idsAmong(gone)})`;
  const remove = (table: OwnedTable, column: AnySQLiteColumn, ids: SQL) =>
    build.delete(table).where(and(owned(table.ownerUserId), sql`${column} IN ${ids}`));
  return [
    guardThat(
      store.db,
      sql`(SELECT count(*) FROM ${checkoutIntents} WHERE ${checkoutIntents.ownerUserId} = ${store.ownerUserId}
        AND ${checkoutIntents.id} IN ${idsAmong(all)} AND ${ENDED}) = ${all.length}`,
      "checkout_moved",
    ),
    remove(checkoutLinks, checkoutLinks.checkoutIntentId, idsAmong(all)),
    remove(checkoutFacts, checkoutFacts.checkoutIntentId, idsAmong(gone)),
    remove(checkoutIntentLines, checkoutIntentLines.checkoutIntentId, idsAmong(gone)),
    remove(checkoutIntents, checkoutIntents.id, idsAmong(gone)),
    remove(approvals, approvals.operationId, theirOperations),
    remove(operations, operations.id, theirOperations),
    build
      .update(checkoutIntents)
      .set({
        frozenRequestJson: NO_REQUEST,
        redirectUrl: "",
        successUrl: "",
        cancelUrl: "",
        stripeCheckoutUrl: null,
        sessionTriesJson: "[]",
      })
      .where(
        and(owned(checkoutIntents.ownerUserId), sql`${checkoutIntents.id} IN ${idsAmong(kept.map(({ id }) => id))}`),
      ),
    build
      .update(operations)
      .set({ answerSealed: null, answerRemovedAt: now })
      .where(
        and(
          owned(operations.ownerUserId),
          sql`${operations.id} IN ${idsAmong(kept.map(({ operationId }) => operationId))}`,
          isNull(operations.answerRemovedAt),
        ),
      ),
  ];
}
