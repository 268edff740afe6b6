import { and, desc, eq, getTableColumns, sql } from "drizzle-orm";
import type { AuditRecord } from "../audit/seal.ts";
import type { Context } from "../kernel/context.ts";
import type { Query } from "./database.ts";
import { auditSeals, paymentAuditEvents } from "./schema/index.ts";

export function latestSeal(ctx: Context) {
  return ctx.db.build
    .select()
    .from(auditSeals)
    .where(eq(auditSeals.ownerUserId, ctx.ownerUserId))
    .orderBy(desc(auditSeals.number))
    .limit(1);
}

export function sealByNumber(ctx: Context, number: number) {
  return ctx.db.build
    .select()
    .from(auditSeals)
    .where(and(eq(auditSeals.ownerUserId, ctx.ownerUserId), eq(auditSeals.number, number)))
    .limit(1);
}

/** The first rows after the latest seal, in the order of their commits. */
export function unsealedRows(ctx: Context, limit: number) {
  const sealed = ctx.db.build
    .select({ through: auditSeals.throughSequence })
    .from(auditSeals)
    .where(eq(auditSeals.ownerUserId, ctx.ownerUserId))
    .orderBy(desc(auditSeals.number))
    .limit(1);
  return (
    ctx.db.build
      .select()
      .from(paymentAuditEvents)
      // Without the plus the owner's index would be walked from its start.
      .where(
        and(
          sql`+${paymentAuditEvents.ownerUserId} = ${ctx.ownerUserId}`,
          sql`${paymentAuditEvents.sequence} > coalesce((${sealed}), 0)`,
        ),
      )
      .orderBy(paymentAuditEvents.sequence)
      .limit(limit)
  );
}

/** A row under the names that its columns have in the database, as whoever exports them finds them. */
export function auditRecord(row: typeof paymentAuditEvents.$inferSelect): AuditRecord {
  const columns = Object.entries(getTableColumns(paymentAuditEvents));
  return Object.fromEntries(columns.map(([key, column]) => [column.name, row[key as keyof typeof row]]));
}

/** Aborts with `sealed_already` where another run was first: a trigger refuses a number that is taken. */
export function insertSeal(ctx: Context, row: Omit<typeof auditSeals.$inferInsert, "ownerUserId">): Query {
  return ctx.db.build.insert(auditSeals).values({ ...row, ownerUserId: ctx.ownerUserId });
}
