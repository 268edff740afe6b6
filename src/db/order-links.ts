import { and, eq, gt, type InferInsertModel, isNull, sql } from "drizzle-orm";
import { guardChanged, type Query } from "./database.ts";
import { checkoutIntents, orderLinks, orderPayers } from "./schema/index.ts";
import type { OwnedDatabase } from "./store.ts";

/** Stores a link that is mailed to a payer, by the hash of its token. */
export function insertOrderLink(
  store: OwnedDatabase,
  row: Omit<InferInsertModel<typeof orderLinks>, "ownerUserId">,
): Query {
  return store.db.build.insert(orderLinks).values({ ...row, ownerUserId: store.ownerUserId });
}

/** False in SQL once the payer was erased: what was mailed to them opens nothing more. */
const payerStands = sql`NOT EXISTS (SELECT 1 FROM ${orderPayers} WHERE ${orderPayers.ownerUserId} = ${orderLinks.ownerUserId}
  AND ${orderPayers.checkoutIntentId} = ${orderLinks.checkoutIntentId} AND ${orderPayers.erasedAt} IS NOT NULL)`;

/** The mailed link of a token, by its hash, with its order: used or not, ended or not. No row once its payer was erased. */
export function orderLinkBy(store: OwnedDatabase, tokenSha256: string) {
  return store.db.build
    .select({
      linkExpiresAt: sql<number>`${orderLinks.expiresAt}`.as("link_expires_at"),
      usedAt: orderLinks.usedAt,
      intent: checkoutIntents,
    })
    .from(orderLinks)
    .crossJoin(checkoutIntents)
    .where(
      and(
        eq(checkoutIntents.ownerUserId, orderLinks.ownerUserId),
        eq(checkoutIntents.id, orderLinks.checkoutIntentId),
        eq(orderLinks.ownerUserId, store.ownerUserId),
        eq(orderLinks.tokenSha256, tokenSha256),
        payerStands,
      ),
    )
    .limit(1);
}

/** Uses a link, once; a used or ended one aborts the batch with `order_link_ended`. */
export function useOrderLink(store: OwnedDatabase, tokenSha256: string, now: number): Query[] {
  return [
    store.db.build
      .update(orderLinks)
      .set({ usedAt: now })
      .where(
        and(
          eq(orderLinks.ownerUserId, store.ownerUserId),
          eq(orderLinks.tokenSha256, tokenSha256),
          isNull(orderLinks.usedAt),
          gt(orderLinks.expiresAt, now),
          payerStands,
        ),
      ),
    guardChanged(store.db, "order_link_ended"),
  ];
}
