import { and, desc, eq, sql } from "drizzle-orm";
import type { Query } from "./database.ts";
import { auditSeals, paymentAuditEvents } from "./schema/index.ts";
import type { Store } from "./store.ts";

export function latestSeal(store: Store) {
  return store.db.build
    .select()
    .from(auditSeals)
    .where(eq(auditSeals.ownerUserId, store.ownerUserId))
    .orderBy(desc(auditSeals.number))
    .limit(1);
}

export function sealByNumber(store: Store, number: number) {
  return store.db.build
    .select()
    .from(auditSeals)
    .where(and(eq(auditSeals.ownerUserId, store.ownerUserId), eq(auditSeals.number, number)))
    .limit(1);
}

/** The first rows after the latest seal, in the order of their commits. */
export function unsealedRows(store: Store, limit: number) {
  const sealed = store.db.build
    .select({ through: auditSeals.throughSequence })
    .from(auditSeals)
    .where(eq(auditSeals.ownerUserId, store.ownerUserId))
    .orderBy(desc(auditSeals.number))
    .limit(1);
  return (
    store.db.build
      .select()
      .from(paymentAuditEvents)
      // The plus keeps the planner off the owner's index, which it would read from the start.
      .where(
        and(
          sql`+${paymentAuditEvents.ownerUserId} = ${store.ownerUserId}`,
          sql`${paymentAuditEvents.sequence} > coalesce((${sealed}), 0)`,
        ),
      )
      .orderBy(paymentAuditEvents.sequence)
      .limit(limit)
  );
}

/** Aborts with `sealed_already` when another run used the number: a trigger refuses it. */
export function insertSeal(store: Store, row: Omit<typeof auditSeals.$inferInsert, "ownerUserId">): Query {
  return store.db.build.insert(auditSeals).values({ ...row, ownerUserId: store.ownerUserId });
}
