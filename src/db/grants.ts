import { and, asc, eq, type InferInsertModel, type InferSelectModel } from "drizzle-orm";
import type { Context } from "../context.ts";
import type { Query } from "./database.ts";
import { joined } from "./joined.ts";
import {
  checkoutFacts,
  checkoutIntentLines,
  grantMaps,
  productEntitlements,
  productFulfillmentTasks,
} from "./schema/index.ts";

export type GrantMapRow = InferSelectModel<typeof grantMaps>;

/** What the lines of a checkout give access to once they are paid. */
export function grantsOf(ctx: Context, checkoutIntentId: string) {
  return ctx.db.build
    .select({ line: joined(checkoutIntentLines, "line"), map: joined(grantMaps, "map") })
    .from(checkoutIntentLines)
    .innerJoin(
      grantMaps,
      and(
        eq(grantMaps.ownerUserId, checkoutIntentLines.ownerUserId),
        eq(grantMaps.priceId, checkoutIntentLines.priceId),
      ),
    )
    .where(
      and(
        eq(checkoutIntentLines.ownerUserId, ctx.ownerUserId),
        eq(checkoutIntentLines.checkoutIntentId, checkoutIntentId),
      ),
    )
    .orderBy(asc(checkoutIntentLines.position), asc(grantMaps.id));
}

/** A fact that is known already stays as it was first told. */
export function insertFacts(ctx: Context, rows: InferInsertModel<typeof checkoutFacts>[]): Query {
  return ctx.db.build.insert(checkoutFacts).values(rows).onConflictDoNothing();
}

/** Unique by checkout, product and template: a second grant of the same fails the batch. */
export function insertEntitlement(ctx: Context, row: InferInsertModel<typeof productEntitlements>): Query {
  return ctx.db.build.insert(productEntitlements).values(row);
}

export function insertTask(ctx: Context, row: InferInsertModel<typeof productFulfillmentTasks>): Query {
  return ctx.db.build.insert(productFulfillmentTasks).values(row);
}
