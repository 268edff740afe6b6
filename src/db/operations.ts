import { and, desc, eq, type InferInsertModel, type InferSelectModel, sql } from "drizzle-orm";
import { type ListPosition, PAGE_SIZE } from "../base/list.ts";
import { guardChanged, type Query } from "./database.ts";
import { businesses, operations } from "./schema/index.ts";
import type { OwnedDatabase, Store } from "./store.ts";
import { insertUnlessTaken, writtenOnce } from "./written-once.ts";

export type OperationRow = InferSelectModel<typeof operations>;
export type BusinessRow = InferSelectModel<typeof businesses>;

export const businessRow = writtenOnce((store: OwnedDatabase) =>
  store.db.build.select().from(businesses).where(eq(businesses.ownerUserId, store.ownerUserId)).limit(1),
);

/** The business among the rows of `businessRow`. Throws while the database has not been seeded. */
export function requireBusiness([business]: readonly BusinessRow[]): BusinessRow {
  if (!business) throw new Error("the business is not seeded");
  return business;
}

/** The operation under an actor's key. Two actors may use one key. */
export const operationByKey = writtenOnce((store: OwnedDatabase, actorId: string, idempotencyKey: string) =>
  store.db.build
    .select()
    .from(operations)
    .where(
      and(
        eq(operations.ownerUserId, store.ownerUserId),
        eq(operations.actorId, actorId),
        eq(operations.idempotencyKey, idempotencyKey),
      ),
    )
    .limit(1),
);

export function operationById(store: Store, id: string) {
  return store.db.build
    .select()
    .from(operations)
    .where(and(eq(operations.ownerUserId, store.ownerUserId), eq(operations.id, id)))
    .limit(1);
}

/** A page of operations, newest first: one actor's, or all of the business. */
export function operationsPage(store: Store, actorId: string | undefined, after: ListPosition | undefined) {
  return store.db.build
    .select()
    .from(operations)
    .where(
      and(
        eq(operations.ownerUserId, store.ownerUserId),
        actorId === undefined ? undefined : eq(operations.actorId, actorId),
        after && sql`(${operations.createdAt}, ${operations.id}) < (${after.createdAt}, ${after.id})`,
      ),
    )
    .orderBy(desc(operations.createdAt), desc(operations.id))
    .limit(PAGE_SIZE + 1);
}

/** Not finished yet: word for word the index `operations_unfinished`. */
export const UNFINISHED = sql`${operations.status} IN ('pending', 'outcome_unknown')`;

/** Takes the key, or aborts the batch with `claim_taken` when another call has it. */
export function claimOperation(store: Store, row: InferInsertModel<typeof operations>): Query[] {
  return [insertUnlessTaken(store, operations, row), guardChanged(store.db, "claim_taken")];
}

/** Changes an unfinished operation, or aborts the batch with `operation_moved` when it has changed since it was read. */
export function moveOperation(
  store: Store,
  operation: OperationRow,
  change: Pick<OperationRow, "status" | "answerSealed" | "argumentsSealed" | "updatedAt">,
): Query[] {
  return [
    store.db.build
      .update(operations)
      .set(change)
      .where(
        and(
          eq(operations.ownerUserId, store.ownerUserId),
          eq(operations.id, operation.id),
          eq(operations.updatedAt, operation.updatedAt),
          UNFINISHED,
        ),
      ),
    guardChanged(store.db, "operation_moved"),
  ];
}

/** A page of a person's operations that succeeded, the newest first: each has a signed confirmation. */
export function succeededPage(store: Store, actorId: string, after: ListPosition | undefined) {
  return store.db.build
    .select()
    .from(operations)
    .where(
      and(
        eq(operations.ownerUserId, store.ownerUserId),
        eq(operations.actorId, actorId),
        eq(operations.status, "succeeded"),
        after && sql`(${operations.createdAt}, ${operations.id}) < (${after.createdAt}, ${after.id})`,
      ),
    )
    .orderBy(desc(operations.createdAt), desc(operations.id))
    .limit(PAGE_SIZE + 1);
}
