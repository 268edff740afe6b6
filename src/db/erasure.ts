import { and, eq, type SQL, sql } from "drizzle-orm";
import type { AnySQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import { eraseAssertions } from "./assertions.ts";
import type { Query } from "./database.ts";
import { idsAmong } from "./ids-among.ts";
import { erasePayers } from "./order-payers.ts";
import {
  affiliateCommissionLedgerActions,
  affiliateCommissionLedgerEntries,
  affiliateReferralClicks,
  approvals,
  billingSubscriptions,
  checkoutIntents,
  checkoutLinks,
  checkoutReferralAttributions,
  fileDownloads,
  mailOutbox,
  operations,
  orderLinks,
  personalNotes,
  productEntitlementRevocationIntents,
  productEntitlements,
  publisherPlanEntitlements,
} from "./schema/index.ts";
import type { Store } from "./store.ts";

type OfOrder = SQLiteTable & { readonly ownerUserId: AnySQLiteColumn; readonly checkoutIntentId: AnySQLiteColumn };

/** What stands where a value was erased that has to be there. A row's own id keeps it unique. */
const ERASED = "erased";
const inPlaceOfKey = (id: AnySQLiteColumn) => sql<string>`${`${ERASED}-`} || ${id}`;

/**
 * Erases the person from some orders: the payer, hashes of an address, downloads, links, waiting mails, reasons that the
 * owner gave, the hashes of the referring visit, and keys that callers chose. Amounts, tax, audit and sealed rows stay.
 */
export function eraseFromOrders(store: Store, ids: readonly string[], at: number): Query[] {
  const { build } = store.db;
  const among = idsAmong(ids);
  const ofOrders = (table: OfOrder) =>
    and(eq(table.ownerUserId, store.ownerUserId), sql`${table.checkoutIntentId} IN ${among}`);
  const clicks = build
    .select({ id: checkoutReferralAttributions.referralClickId })
    .from(checkoutReferralAttributions)
    .where(ofOrders(checkoutReferralAttributions));
  return [
    // A report that was read before is then read again, and finds the payer erased.
    build
      .update(checkoutIntents)
      .set({ buyerEmail: null, purchaseVersion: sql`${checkoutIntents.purchaseVersion} + 1` })
      .where(and(eq(checkoutIntents.ownerUserId, store.ownerUserId), sql`${checkoutIntents.id} IN ${among}`)),
    ...erasePayers(store, sql`${checkoutIntents.id} IN ${among}`, at),
    build.update(productEntitlements).set({ buyerEmailHash: null }).where(ofOrders(productEntitlements)),
    build.update(publisherPlanEntitlements).set({ buyerEmailHash: null }).where(ofOrders(publisherPlanEntitlements)),
    build
      .update(billingSubscriptions)
      .set({ buyerEmail: null })
      .where(ofOrders(billingSubscriptions as OfOrder)),
    build.delete(fileDownloads).where(ofOrders(fileDownloads)),
    build.delete(orderLinks).where(ofOrders(orderLinks)),
    build.delete(checkoutLinks).where(ofOrders(checkoutLinks)),
    build
      .update(mailOutbox)
      .set({ status: "dropped" })
      .where(and(ofOrders(mailOutbox as OfOrder), eq(mailOutbox.status, "queued"))),
    build
      .update(affiliateCommissionLedgerEntries)
      .set({ idempotencyKey: inPlaceOfKey(affiliateCommissionLedgerEntries.id) })
      .where(ofOrders(affiliateCommissionLedgerEntries)),
    build
      .update(affiliateReferralClicks)
      .set({
        idempotencyKey: inPlaceOfKey(affiliateReferralClicks.id),
        visitorKeyHash: null,
        ipHash: null,
        userAgentHash: null,
        referrerHash: null,
        requestHash: ERASED,
        visitorHash: ERASED,
      })
      .where(
        and(
          eq(affiliateReferralClicks.ownerUserId, store.ownerUserId),
          sql`${affiliateReferralClicks.id} IN ${clicks}`,
        ),
      ),
    ...eraseReasons(store, among),
  ];
}

/** Erases the owner's reasons about some orders, and what was computed from their words. The sealed rows tell that there was one. */
function eraseReasons(store: Store, orders: SQL): Query[] {
  const { build } = store.db;
  const actions = affiliateCommissionLedgerActions;
  const intents = productEntitlementRevocationIntents;
  const entitlements = sql`(SELECT ${productEntitlements.id} FROM ${productEntitlements}
    WHERE ${productEntitlements.ownerUserId} = ${store.ownerUserId} AND ${productEntitlements.checkoutIntentId} IN ${orders})`;
  const of = (column: "id" | "operationId") => sql`(
    SELECT ${actions[column]} FROM ${actions}
    WHERE ${actions.ownerUserId} = ${store.ownerUserId} AND ${actions.checkoutIntentId} IN ${orders}
    UNION SELECT ${intents[column]} FROM ${intents}
    WHERE ${intents.ownerUserId} = ${store.ownerUserId} AND ${intents.targetEntitlementId} IN ${entitlements})`;
  return [
    build
      .delete(personalNotes)
      .where(and(eq(personalNotes.ownerUserId, store.ownerUserId), sql`${personalNotes.rowId} IN ${of("id")}`)),
    build
      .update(operations)
      .set({ fingerprint: ERASED })
      .where(and(eq(operations.ownerUserId, store.ownerUserId), sql`${operations.id} IN ${of("operationId")}`)),
    // The file of the owner's own assertion holds the reason among the arguments.
    eraseAssertions(store, { operations: of("operationId") }),
    build
      .update(approvals)
      .set({ fingerprint: ERASED, bindingSha256: ERASED })
      .where(and(eq(approvals.ownerUserId, store.ownerUserId), sql`${approvals.operationId} IN ${of("operationId")}`)),
  ];
}

/** Erases from some actors' calls the keys that the callers chose, what their apps said of themselves, and what their passkeys signed. */
export function eraseFromCalls(store: Store, actorIds: readonly string[]): Query[] {
  const { build } = store.db;
  const among = idsAmong(actorIds);
  return [
    build
      .update(operations)
      .set({ idempotencyKey: inPlaceOfKey(operations.id), clientDeclared: null })
      .where(and(eq(operations.ownerUserId, store.ownerUserId), sql`${operations.actorId} IN ${among}`)),
    build
      .update(approvals)
      .set({ idempotencyKey: inPlaceOfKey(approvals.id), clientDeclared: null })
      .where(and(eq(approvals.ownerUserId, store.ownerUserId), sql`${approvals.actorId} IN ${among}`)),
    eraseAssertions(store, { actors: among }),
    build
      .update(checkoutIntents)
      .set({ idempotencyKey: inPlaceOfKey(checkoutIntents.id) })
      .where(and(eq(checkoutIntents.ownerUserId, store.ownerUserId), sql`${checkoutIntents.actorId} IN ${among}`)),
  ];
}
