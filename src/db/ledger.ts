import { and, asc, desc, eq, type InferInsertModel, type InferSelectModel, inArray, sql } from "drizzle-orm";
import { type ListPosition, PAGE_SIZE } from "../base/list.ts";
import { guardChanged, guardThat, type Query } from "./database.ts";
import { insertNote } from "./personal-notes.ts";
import {
  affiliateCommissionLedgerActions,
  affiliateCommissionLedgerEntries,
  affiliatePartners,
  checkoutIntentLines,
  checkoutIntents,
  checkoutReferralAttributions,
  commissionLedgerTotals,
  commissionRules,
} from "./schema/index.ts";
import { sealedRow } from "./sealed-rows.ts";
import type { Store } from "./store.ts";

export type LedgerRow = InferSelectModel<typeof affiliateCommissionLedgerEntries>;

const entries = affiliateCommissionLedgerEntries;
const ofOwner = (store: Store) => eq(entries.ownerUserId, store.ownerUserId);

export function ledgerEntryById(store: Store, id: string) {
  return store.db.build
    .select()
    .from(entries)
    .where(and(ofOwner(store), eq(entries.id, id)))
    .limit(1);
}

/** The lines of the checkout that an entry is about, by name, with the checkout's mode and tax. */
export function linesOfEntry(store: Store, id: string) {
  return store.db.build
    .select({
      name: checkoutIntentLines.name,
      stripeMode: checkoutIntents.stripeMode,
      taxBehavior: checkoutIntents.taxBehavior,
      taxCents: checkoutIntents.taxCents,
    })
    .from(entries)
    .innerJoin(
      checkoutIntents,
      and(eq(checkoutIntents.ownerUserId, entries.ownerUserId), eq(checkoutIntents.id, entries.checkoutIntentId)),
    )
    .innerJoin(
      checkoutIntentLines,
      and(
        eq(checkoutIntentLines.ownerUserId, entries.ownerUserId),
        eq(checkoutIntentLines.checkoutIntentId, entries.checkoutIntentId),
      ),
    )
    .where(and(ofOwner(store), eq(entries.id, id)))
    .orderBy(asc(checkoutIntentLines.position));
}

/** The evidence of a checkout; there is never more than one. */
export function ledgerEntryOf(store: Store, checkoutIntentId: string) {
  return store.db.build
    .select()
    .from(entries)
    .where(and(ofOwner(store), eq(entries.checkoutIntentId, checkoutIntentId)))
    .limit(1);
}

/** A page of entries, newest first. */
export function ledgerPage(store: Store, after: ListPosition | undefined) {
  return store.db.build
    .select()
    .from(entries)
    .where(and(ofOwner(store), after && sql`(${entries.createdAt}, ${entries.id}) < (${after.createdAt}, ${after.id})`))
    .orderBy(desc(entries.createdAt), desc(entries.id))
    .limit(PAGE_SIZE + 1);
}

export function attributionOf(store: Store, checkoutIntentId: string) {
  return store.db.build
    .select()
    .from(checkoutReferralAttributions)
    .where(
      and(
        eq(checkoutReferralAttributions.ownerUserId, store.ownerUserId),
        eq(checkoutReferralAttributions.checkoutIntentId, checkoutIntentId),
      ),
    )
    .limit(1);
}

/** The rates of a checkout's prices in the program of the partner that it is attributed to. */
export function ratesOf(store: Store, checkoutIntentId: string) {
  const { build } = store.db;
  const soldPrices = build
    .select({ priceId: checkoutIntentLines.priceId })
    .from(checkoutIntentLines)
    .where(
      and(
        eq(checkoutIntentLines.ownerUserId, store.ownerUserId),
        eq(checkoutIntentLines.checkoutIntentId, checkoutIntentId),
      ),
    );
  const programs = build
    .select({ programId: affiliatePartners.programId })
    .from(affiliatePartners)
    .innerJoin(
      checkoutReferralAttributions,
      and(
        eq(checkoutReferralAttributions.ownerUserId, affiliatePartners.ownerUserId),
        eq(checkoutReferralAttributions.partnerId, affiliatePartners.id),
      ),
    )
    .where(
      and(
        eq(affiliatePartners.ownerUserId, store.ownerUserId),
        eq(checkoutReferralAttributions.checkoutIntentId, checkoutIntentId),
      ),
    );
  return build
    .select()
    .from(commissionRules)
    .where(
      and(
        eq(commissionRules.ownerUserId, store.ownerUserId),
        eq(commissionRules.ruleKind, "price_rate"),
        inArray(commissionRules.priceId, soldPrices),
        inArray(commissionRules.programId, programs),
      ),
    );
}

/** Aborts the batch with `evidence_exists` when another call has recorded evidence for the checkout. */
export function guardNoEvidence(store: Store, checkoutIntentId: string): Query {
  return guardThat(
    store.db,
    sql`NOT EXISTS (SELECT 1 FROM ${entries} WHERE ${entries.ownerUserId} = ${store.ownerUserId}
      AND ${entries.checkoutIntentId} = ${checkoutIntentId})`,
    "evidence_exists",
  );
}

export function insertLedgerEntry(store: Store, row: InferInsertModel<typeof entries>): Query {
  return store.db.build.insert(entries).values(row);
}

/** Changes an entry, or aborts the batch with `stale_state` when it has changed since it was read. */
export function updateLedgerEntry(
  store: Store,
  entry: LedgerRow,
  change: Pick<LedgerRow, "ledgerStatus" | "reviewStatus" | "payoutStatus" | "updatedAt">,
): Query[] {
  return [
    store.db.build
      .update(entries)
      .set(change)
      .where(and(ofOwner(store), eq(entries.id, entry.id), eq(entries.updatedAt, entry.updatedAt))),
    guardChanged(store.db, "stale_state"),
  ];
}

/** A review action, which is under the seal, and the owner's reason for it beside, which can be erased. */
export async function reviewActionToInsert(
  store: Store,
  row: Omit<InferInsertModel<typeof affiliateCommissionLedgerActions>, "reasonGiven">,
  reason: string | undefined,
): Promise<{ inserts: Query[]; rowSha256: string }> {
  const action = await sealedRow(store, affiliateCommissionLedgerActions, {
    ...row,
    reasonGiven: Number(reason !== undefined),
  });
  const note = insertNote(store, row.id, "review_reason", reason === undefined ? undefined : { noteText: reason });
  return { inserts: [action.insert, ...note], rowSha256: action.rowSha256 };
}

/** The latest actions on an entry, newest first. */
export function reviewActionsOf(store: Store, commissionLedgerId: string) {
  const actions = affiliateCommissionLedgerActions;
  return store.db.build
    .select()
    .from(actions)
    .where(and(eq(actions.ownerUserId, store.ownerUserId), eq(actions.commissionLedgerId, commissionLedgerId)))
    .orderBy(desc(actions.createdAt), desc(actions.id))
    .limit(PAGE_SIZE);
}

/** How many ledger entries are not reviewed, from totals that triggers keep. */
export function unreviewedEntries(store: Store) {
  return store.db.build
    .select({ total: sql<number>`coalesce(sum(${commissionLedgerTotals.totalLedgers}), 0)`.as("total") })
    .from(commissionLedgerTotals)
    .where(
      and(
        eq(commissionLedgerTotals.ownerUserId, store.ownerUserId),
        eq(commissionLedgerTotals.ledgerStatus, "review_only"),
        eq(commissionLedgerTotals.reviewStatus, "refund_window_open"),
      ),
    );
}
