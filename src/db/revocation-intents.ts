import { and, desc, eq, type InferInsertModel, type InferSelectModel, sql } from "drizzle-orm";
import { type ListPosition, PAGE_SIZE } from "../base/list.ts";
import type { Context } from "../kernel/context.ts";
import { guardChanged, type Query } from "./database.ts";
import { openRevocationIntents, productEntitlementRevocationIntents } from "./schema/index.ts";

export type RevocationRow = InferSelectModel<typeof productEntitlementRevocationIntents>;

const intents = productEntitlementRevocationIntents;
const open = openRevocationIntents;

export function revocationIntentById(ctx: Context, id: string) {
  return ctx.db.build
    .select()
    .from(intents)
    .where(and(eq(intents.ownerUserId, ctx.ownerUserId), eq(intents.id, id)))
    .limit(1);
}

/** A page of intents, withdrawals among them, newest first. */
export function revocationIntentsPage(ctx: Context, after: ListPosition | undefined) {
  return ctx.db.build
    .select()
    .from(intents)
    .where(
      and(
        eq(intents.ownerUserId, ctx.ownerUserId),
        after && sql`(${intents.createdAt}, ${intents.id}) < (${after.createdAt}, ${after.id})`,
      ),
    )
    .orderBy(desc(intents.createdAt), desc(intents.id))
    .limit(PAGE_SIZE + 1);
}

/** The withdrawal that closed an intent. */
export function withdrawalOf(ctx: Context, revocationIntentId: string) {
  return ctx.db.build
    .select()
    .from(intents)
    .where(and(eq(intents.ownerUserId, ctx.ownerUserId), eq(intents.closesIntentId, revocationIntentId)))
    .limit(1);
}

export function openIntentOf(ctx: Context, entitlementId: string) {
  return ctx.db.build
    .select()
    .from(open)
    .where(and(eq(open.ownerUserId, ctx.ownerUserId), eq(open.entitlementId, entitlementId)))
    .limit(1);
}

export function insertRevocationIntent(ctx: Context, row: InferInsertModel<typeof intents>): Query {
  return ctx.db.build.insert(intents).values(row);
}

/** Opens an intent, or aborts the batch with `intent_open` when the entitlement has an open one. */
export function openIntent(ctx: Context, entitlementId: string, revocationIntentId: string): Query[] {
  const row = { ownerUserId: ctx.ownerUserId, entitlementId, revocationIntentId };
  return [ctx.db.build.insert(open).values(row).onConflictDoNothing(), guardChanged(ctx.db, "intent_open")];
}

/** Closes an intent, or aborts the batch with `intent_closed` when it is not open. */
export function closeIntent(ctx: Context, revocationIntentId: string): Query[] {
  return [
    ctx.db.build
      .delete(open)
      .where(and(eq(open.ownerUserId, ctx.ownerUserId), eq(open.revocationIntentId, revocationIntentId))),
    guardChanged(ctx.db, "intent_closed"),
  ];
}
