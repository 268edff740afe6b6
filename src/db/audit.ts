import { and, asc, eq } from "drizzle-orm";
import { paymentAuditEvents } from "./schema/index.ts";
import type { Store } from "./store.ts";

/** What an operation left in the audit, oldest first. */
export function auditOf(store: Store, operationId: string, limit: number) {
  return store.db.build
    .select()
    .from(paymentAuditEvents)
    .where(and(eq(paymentAuditEvents.ownerUserId, store.ownerUserId), eq(paymentAuditEvents.operationId, operationId)))
    .orderBy(asc(paymentAuditEvents.sequence))
    .limit(limit);
}
