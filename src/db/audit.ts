import { and, asc, eq } from "drizzle-orm";
import type { Context } from "../kernel/context.ts";
import { paymentAuditEvents } from "./schema/index.ts";

/** What an operation left in the audit, oldest first. */
export function auditOf(ctx: Context, operationId: string, limit: number) {
  return ctx.db.build
    .select()
    .from(paymentAuditEvents)
    .where(and(eq(paymentAuditEvents.ownerUserId, ctx.ownerUserId), eq(paymentAuditEvents.operationId, operationId)))
    .orderBy(asc(paymentAuditEvents.sequence))
    .limit(limit);
}
