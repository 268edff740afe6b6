import { and, eq, type InferSelectModel, sql } from "drizzle-orm";
import type { Query } from "./database.ts";
import { closedModes as table } from "./schema/index.ts";
import type { StripeMode } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";

export type ClosedMode = InferSelectModel<typeof table>;

/** The modes whose key Stripe refused. A row counts only while the mode still has that key. */
export function closedModes(store: Store) {
  return store.db.build.select().from(table).where(eq(table.ownerUserId, store.ownerUserId));
}

/** Closes a mode for the key with this hash. A mode that is closed for it already keeps its time. */
export function closeMode(store: Store, stripeMode: StripeMode, keyHash: string, now: number): Query {
  return store.db.build
    .insert(table)
    .values({ ownerUserId: store.ownerUserId, stripeMode, keyHash, closedAt: now })
    .onConflictDoUpdate({
      target: [table.ownerUserId, table.stripeMode],
      set: {
        keyHash,
        closedAt: sql`CASE WHEN ${table.keyHash} = ${keyHash} THEN ${table.closedAt} ELSE CAST(${now} AS INTEGER) END`,
      },
    });
}

/** Opens a mode again, unless it was closed for another key meanwhile. */
export function reopenMode(store: Store, { stripeMode, keyHash }: ClosedMode): Query {
  return store.db.build
    .delete(table)
    .where(and(eq(table.ownerUserId, store.ownerUserId), eq(table.stripeMode, stripeMode), eq(table.keyHash, keyHash)));
}
