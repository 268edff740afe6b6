import { and, eq, inArray, isNull, type SQL, sql } from "drizzle-orm";
import type { Query } from "./database.ts";
import { checkoutIntents, orderPayers, user } from "./schema/index.ts";
import type { OwnedDatabase } from "./store.ts";

/** The payer's address as a report brings it: sealed under `payerPlace`, and its keyed hash. */
export interface ReportedPayer {
  readonly emailSealed: string;
  readonly emailHash: string;
}

/** The place that an order's address of the payer is sealed for, with `keyring.seal` and `keyring.open`. */
export const payerPlace = (checkoutIntentId: string) => `payer of ${checkoutIntentId}`;

/** The kind of the keyed hash of an address, which `keyring.keyedHashes` finds it by. */
export const EMAIL_HASH = "e-mail";

/** An address as it is hashed: two spellings of one mailbox have one hash. */
export const hashedEmail = (email: string) => email.trim().toLowerCase();

/** Keeps the payer of an order unless one is known. An erased payer stays erased: their row is there, without an address. */
export function insertPayer(store: OwnedDatabase, checkoutIntentId: string, payer: ReportedPayer, at: number): Query {
  return store.db.build
    .insert(orderPayers)
    .values({ ownerUserId: store.ownerUserId, checkoutIntentId, ...payer, createdAt: at })
    .onConflictDoNothing();
}

/** The payer of an order: one row, or none where Stripe has named no address yet. `erasedAt`: the address is gone. */
export function payerOf(store: OwnedDatabase, checkoutIntentId: string) {
  return store.db.build
    .select()
    .from(orderPayers)
    .where(and(eq(orderPayers.ownerUserId, store.ownerUserId), eq(orderPayers.checkoutIntentId, checkoutIntentId)))
    .limit(1);
}

/** The condition of payers with an address that has one of these hashes: those of `keyring.keyedHashes`. */
export const paidBy = (store: OwnedDatabase, emailHashes: readonly string[]): SQL | undefined =>
  and(eq(orderPayers.ownerUserId, store.ownerUserId), inArray(orderPayers.emailHash, [...emailHashes]));

/**
 * Empties the payers of some orders and keeps their rows, also for an order that has none yet: a later report then writes no
 * address and no hash. `which` is a condition on the orders.
 */
export function erasePayers(store: OwnedDatabase, which: SQL | undefined, at: number): Query[] {
  const ofBusiness = and(eq(checkoutIntents.ownerUserId, store.ownerUserId), which);
  const orders = store.db.build.select({ id: checkoutIntents.id }).from(checkoutIntents).where(ofBusiness);
  return [
    store.db.build
      .update(orderPayers)
      .set({ emailSealed: null, emailHash: null, erasedAt: at })
      .where(
        and(
          eq(orderPayers.ownerUserId, store.ownerUserId),
          isNull(orderPayers.erasedAt),
          inArray(orderPayers.checkoutIntentId, orders),
        ),
      ),
    store.db.build
      .insert(orderPayers)
      .select(
        store.db.build
          .select({
            ownerUserId: checkoutIntents.ownerUserId,
            checkoutIntentId: sql`${checkoutIntents.id}`.as("checkout_intent_id"),
            emailSealed: sql`NULL`.as("email_sealed"),
            emailHash: sql`NULL`.as("email_hash"),
            createdAt: sql`${at}`.as("created_at"),
            erasedAt: sql`${at}`.as("erased_at"),
          })
          .from(checkoutIntents)
          .where(ofBusiness) as never,
      )
      .onConflictDoNothing(),
  ];
}

/**
 * True in SQL where the payer of an order, or the person of its account, was erased: no address of theirs is kept again.
 * CROSS JOIN keeps the order of the tables: with few people the planner would scan them all.
 */
export const personIsErased = (store: OwnedDatabase, checkoutIntentId: SQL | string): SQL<number> =>
  sql<number>`(EXISTS (SELECT 1 FROM ${orderPayers} WHERE ${orderPayers.ownerUserId} = ${store.ownerUserId}
    AND ${orderPayers.checkoutIntentId} = ${checkoutIntentId} AND ${orderPayers.erasedAt} IS NOT NULL)
    OR EXISTS (SELECT 1 FROM ${checkoutIntents} CROSS JOIN ${user} ON ${user.id} = ${checkoutIntents.buyerUserId}
    WHERE ${checkoutIntents.ownerUserId} = ${store.ownerUserId} AND ${checkoutIntents.id} = ${checkoutIntentId}
    AND ${user.erasedAt} IS NOT NULL))`;
