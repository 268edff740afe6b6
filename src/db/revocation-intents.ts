import { and, desc, eq, type InferInsertModel, type InferSelectModel, sql } from "drizzle-orm";
import { type ListPosition, PAGE_SIZE } from "../base/list.ts";
import { guardChanged, type Query } from "./database.ts";
import { insertNote } from "./personal-notes.ts";
import { openRevocationIntents, productEntitlementRevocationIntents } from "./schema/index.ts";
import { sealedRow } from "./sealed-rows.ts";
import type { Store } from "./store.ts";

export type RevocationRow = InferSelectModel<typeof productEntitlementRevocationIntents>;

const intents = productEntitlementRevocationIntents;
const open = openRevocationIntents;

export function revocationIntentById(store: Store, id: string) {
  return store.db.build
    .select()
    .from(intents)
    .where(and(eq(intents.ownerUserId, store.ownerUserId), eq(intents.id, id)))
    .limit(1);
}

/** A page of intents, withdrawals among them, newest first. */
export function revocationIntentsPage(store: Store, after: ListPosition | undefined) {
  return store.db.build
    .select()
    .from(intents)
    .where(
      and(
        eq(intents.ownerUserId, store.ownerUserId),
        after && sql`(${intents.createdAt}, ${intents.id}) < (${after.createdAt}, ${after.id})`,
      ),
    )
    .orderBy(desc(intents.createdAt), desc(intents.id))
    .limit(PAGE_SIZE + 1);
}

/** The withdrawal that closed an intent. */
export function withdrawalOf(store: Store, revocationIntentId: string) {
  return store.db.build
    .select()
    .from(intents)
    .where(and(eq(intents.ownerUserId, store.ownerUserId), eq(intents.closesIntentId, revocationIntentId)))
    .limit(1);
}

export function openIntentOf(store: Store, entitlementId: string) {
  return store.db.build
    .select()
    .from(open)
    .where(and(eq(open.ownerUserId, store.ownerUserId), eq(open.entitlementId, entitlementId)))
    .limit(1);
}

/** An intent or a withdrawal, which is under the seal, and the keyed hash of its reason beside, which can be erased. */
export async function revocationIntentToInsert(
  store: Store,
  row: Omit<InferInsertModel<typeof intents>, "reasonGiven">,
  reasonHash?: string,
): Promise<{ inserts: Query[]; rowSha256: string }> {
  const intent = await sealedRow(store, intents, { ...row, reasonGiven: Number(reasonHash !== undefined) });
  const note = insertNote(
    store,
    row.id,
    "revocation_reason",
    reasonHash === undefined ? undefined : { noteHash: reasonHash },
  );
  return { inserts: [intent.insert, ...note], rowSha256: intent.rowSha256 };
}

/** Opens an intent, or aborts the batch with `intent_open` when the entitlement has an open one. */
export function openIntent(store: Store, entitlementId: string, revocationIntentId: string): Query[] {
  const row = { ownerUserId: store.ownerUserId, entitlementId, revocationIntentId };
  return [store.db.build.insert(open).values(row).onConflictDoNothing(), guardChanged(store.db, "intent_open")];
}

/** Closes an intent, or aborts the batch with `intent_closed` when it is not open. */
export function closeIntent(store: Store, revocationIntentId: string): Query[] {
  return [
    store.db.build
      .delete(open)
      .where(and(eq(open.ownerUserId, store.ownerUserId), eq(open.revocationIntentId, revocationIntentId))),
    guardChanged(store.db, "intent_closed"),
  ];
}

/** The ids of open intents, up to a bound. */
export function openIntentIds(store: Store, limit: number) {
  return store.db.build
    .select({ id: openRevocationIntents.revocationIntentId })
    .from(openRevocationIntents)
    .where(eq(openRevocationIntents.ownerUserId, store.ownerUserId))
    .limit(limit);
}

/** The ids of the open intents among those of `revocationIntentsPage`. */
export function openIntentIdsOnPage(store: Store, after: ListPosition | undefined) {
  return store.db.build
    .select({ id: openRevocationIntents.revocationIntentId })
    .from(openRevocationIntents)
    .where(
      and(
        eq(openRevocationIntents.ownerUserId, store.ownerUserId),
        sql`${openRevocationIntents.revocationIntentId} IN (SELECT id FROM product_entitlement_revocation_intents
          WHERE owner_user_id = ${store.ownerUserId}
          ${after ? sql`AND (created_at, id) < (${after.createdAt}, ${after.id})` : sql``}
          ORDER BY created_at DESC, id DESC LIMIT ${PAGE_SIZE})`,
      ),
    );
}
