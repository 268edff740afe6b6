import { and, asc, eq, type InferInsertModel, type InferSelectModel, lt, or, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { Context } from "../context.ts";
import { guardChanged, guardThat, type Query } from "./database.ts";
import { joined } from "./joined.ts";
import {
  accessPolicies,
  billingSubscriptions,
  checkoutFacts,
  checkoutIntentLines,
  checkoutIntents,
  grantMaps,
  paymentFacts,
  productEntitlements,
  productFulfillmentTasks,
  publisherPlanEntitlements,
} from "./schema/index.ts";

/** How a purchase is found from what Stripe told: by our own id where it stands in the object, else by Stripe's. */
export interface PurchaseTarget {
  readonly checkoutIntentId?: string | undefined;
  readonly paymentIntentId?: string | undefined;
  readonly subscriptionId?: string | undefined;
  readonly invoiceId?: string | undefined;
}

export type SubscriptionRow = InferSelectModel<typeof billingSubscriptions>;
export type EntitlementRow = InferSelectModel<typeof productEntitlements>;
export type PlanEntitlementRow = InferSelectModel<typeof publisherPlanEntitlements>;
export type PaymentFactRow = InferSelectModel<typeof paymentFacts>;

/** Everything known of a purchase; the queries of one read batch. */
export function purchaseQueries(ctx: Context, target: PurchaseTarget) {
  const { build } = ctx.db;
  const found = and(eq(checkoutIntents.ownerUserId, ctx.ownerUserId), intentCondition(target));
  const ofFound = (column: SQLiteColumn) => sql`(SELECT ${column} FROM ${checkoutIntents} WHERE ${found} LIMIT 1)`;
  const ofIntent = (table: { ownerUserId: SQLiteColumn; checkoutIntentId: SQLiteColumn }) =>
    sql`${table.ownerUserId} = ${ctx.ownerUserId} AND ${table.checkoutIntentId} = ${ofFound(checkoutIntents.id)}`;
  const invoiceId = target.invoiceId ? sql`${target.invoiceId}` : ofFound(checkoutIntents.stripeInvoiceId);
  const paymentIntentId = target.paymentIntentId
    ? sql`${target.paymentIntentId}`
    : sql`coalesce(${ofFound(checkoutIntents.stripePaymentIntentId)}, ${paymentOfInvoice(ctx, invoiceId)})`;
  const subscriptionId = target.subscriptionId
    ? sql`${target.subscriptionId}`
    : ofFound(checkoutIntents.stripeSubscriptionId);
  return {
    intent: build.select().from(checkoutIntents).where(found).limit(1),
    facts: build.select().from(checkoutFacts).where(ofIntent(checkoutFacts)),
    grants: build
      .select({
        line: joined(checkoutIntentLines, "line"),
        map: joined(grantMaps, "map"),
        policy: joined(accessPolicies, "policy"),
      })
      .from(checkoutIntentLines)
      .innerJoin(
        grantMaps,
        and(
          eq(grantMaps.ownerUserId, checkoutIntentLines.ownerUserId),
          eq(grantMaps.priceId, checkoutIntentLines.priceId),
        ),
      )
      .leftJoin(
        accessPolicies,
        and(eq(accessPolicies.ownerUserId, grantMaps.ownerUserId), eq(accessPolicies.productId, grantMaps.productId)),
      )
      .where(ofIntent(checkoutIntentLines))
      .orderBy(asc(checkoutIntentLines.position), asc(grantMaps.id)),
    entitlements: build.select().from(productEntitlements).where(ofIntent(productEntitlements)),
    paymentFacts: build
      .select()
      .from(paymentFacts)
      .where(
        sql`${paymentFacts.ownerUserId} = ${ctx.ownerUserId} AND ${paymentFacts.stripePaymentIntentId} = ${paymentIntentId}`,
      ),
    subscription: build
      .select()
      .from(billingSubscriptions)
      .where(
        sql`${billingSubscriptions.stripeSubscriptionId} = ${subscriptionId} AND ${billingSubscriptions.ownerUserId} = ${ctx.ownerUserId}`,
      )
      .limit(1),
    planEntitlement: build.select().from(publisherPlanEntitlements).where(ofIntent(publisherPlanEntitlements)).limit(1),
  };
}

/** The payment that paid an invoice, as the invoice's own payment told it. */
function paymentOfInvoice(ctx: Context, invoiceId: SQL): SQL {
  return sql`(SELECT ${paymentFacts.stripePaymentIntentId} FROM ${paymentFacts} WHERE ${paymentFacts.ownerUserId} = ${ctx.ownerUserId}
    AND ${paymentFacts.kind} = 'invoice_payment' AND ${paymentFacts.stripeObjectId} = ${invoiceId} LIMIT 1)`;
}

function intentCondition({ checkoutIntentId, paymentIntentId, subscriptionId, invoiceId }: PurchaseTarget): SQL {
  if (checkoutIntentId) return eq(checkoutIntents.id, checkoutIntentId);
  const named = [
    paymentIntentId && eq(checkoutIntents.stripePaymentIntentId, paymentIntentId),
    invoiceId && eq(checkoutIntents.stripeInvoiceId, invoiceId),
    subscriptionId && eq(checkoutIntents.stripeSubscriptionId, subscriptionId),
  ].filter((condition): condition is SQL => Boolean(condition));
  // Nothing is named: no checkout has this id, and it is looked for by its key.
  return or(...named) ?? eq(checkoutIntents.id, "");
}

/**
 * Lets one report at a time change a purchase: aborts with `purchase_moved` when another did since it was read. Two at
 * once would each decide by the other's old facts, though they write different rows.
 */
export function takePurchase(ctx: Context, { id, purchaseVersion }: { id: string; purchaseVersion: number }): Query[] {
  return [
    ctx.db.build
      .update(checkoutIntents)
      .set({ purchaseVersion: purchaseVersion + 1 })
      .where(
        and(
          eq(checkoutIntents.ownerUserId, ctx.ownerUserId),
          eq(checkoutIntents.id, id),
          eq(checkoutIntents.purchaseVersion, purchaseVersion),
        ),
      ),
    guardChanged(ctx.db, "purchase_moved"),
  ];
}

/**
 * For a purchase that learns which payment is its own: aborts with `purchase_moved` when that payment, not yet guarded
 * by `takePurchase`, was told more of since its facts were read.
 */
export function guardPaymentUnmoved(
  ctx: Context,
  { paymentIntentId, invoiceId }: PurchaseTarget,
  known: readonly PaymentFactRow[],
): Query {
  const payment = paymentIntentId
    ? sql`${paymentIntentId}`
    : invoiceId
      ? paymentOfInvoice(ctx, sql`${invoiceId}`)
      : sql`NULL`;
  // Facts are never taken away and ranks only rise, so the sum moves with each of them.
  return guardThat(
    ctx.db,
    sql`(SELECT coalesce(sum(${paymentFacts.rank} + 1), 0) FROM ${paymentFacts} WHERE ${paymentFacts.ownerUserId} = ${ctx.ownerUserId}
      AND ${paymentFacts.stripePaymentIntentId} = ${payment}) = ${known.reduce((sum, { rank }) => sum + rank + 1, 0)}`,
    "purchase_moved",
  );
}

/** For a payment that is nobody's yet: aborts with `purchase_moved` when a purchase learned meanwhile that it is its own. */
export function guardNobodys(ctx: Context, target: PurchaseTarget): Query {
  return guardThat(
    ctx.db,
    sql`NOT EXISTS (SELECT 1 FROM ${checkoutIntents} WHERE ${checkoutIntents.ownerUserId} = ${ctx.ownerUserId} AND (${intentCondition(target)}))`,
    "purchase_moved",
  );
}

/** A fact that is known already stays as it was first told. */
export function insertFacts(ctx: Context, rows: InferInsertModel<typeof checkoutFacts>[]): Query {
  return ctx.db.build.insert(checkoutFacts).values(rows).onConflictDoNothing();
}

/** Keeps the furthest state of an object: an older report of it changes nothing. */
export function raisePaymentFact(ctx: Context, row: InferInsertModel<typeof paymentFacts>): Query {
  const { state, rank, amountCents, stripeEventId, occurredAt } = row;
  return ctx.db.build
    .insert(paymentFacts)
    .values(row)
    .onConflictDoUpdate({
      target: [
        paymentFacts.ownerUserId,
        paymentFacts.stripePaymentIntentId,
        paymentFacts.kind,
        paymentFacts.stripeObjectId,
      ],
      set: { state, rank, amountCents, stripeEventId, occurredAt },
      setWhere: lt(paymentFacts.rank, rank),
    });
}

/** Unique by checkout, product and template: a second grant of the same fails the batch. */
export function insertEntitlement(ctx: Context, row: InferInsertModel<typeof productEntitlements>): Query {
  return ctx.db.build.insert(productEntitlements).values(row);
}

export function insertTask(ctx: Context, row: InferInsertModel<typeof productFulfillmentTasks>): Query {
  return ctx.db.build.insert(productFulfillmentTasks).values(row);
}

/** Moves an entitlement as it was read, and its task with it; aborts with `purchase_moved` when it has moved since. */
export function moveEntitlement(
  ctx: Context,
  entitlement: EntitlementRow,
  change: Pick<EntitlementRow, "status" | "updatedAt" | "revokedAt">,
): Query[] {
  const task = change.status === "active" ? ("queued" as const) : ("paused" as const);
  return [
    ctx.db.build
      .update(productFulfillmentTasks)
      .set({ status: task, updatedAt: change.updatedAt })
      .where(
        and(
          eq(productFulfillmentTasks.ownerUserId, ctx.ownerUserId),
          eq(productFulfillmentTasks.entitlementId, entitlement.id),
        ),
      ),
    ctx.db.build
      .update(productEntitlements)
      .set(change)
      .where(
        and(
          eq(productEntitlements.ownerUserId, ctx.ownerUserId),
          eq(productEntitlements.id, entitlement.id),
          eq(productEntitlements.updatedAt, entitlement.updatedAt),
        ),
      ),
    guardChanged(ctx.db, "purchase_moved"),
  ];
}

/** Writes the state of a subscription over the one that was read; aborts with `purchase_moved` on a race. */
export function putSubscription(
  ctx: Context,
  row: InferInsertModel<typeof billingSubscriptions>,
  before: SubscriptionRow | undefined,
): Query[] {
  const { id: _id, ownerUserId: _owner, createdAt: _created, ...change } = row;
  if (before) return changeSubscription(ctx, before, change);
  const write = ctx.db.build.insert(billingSubscriptions).values(row).onConflictDoNothing();
  return [write, guardChanged(ctx.db, "purchase_moved")];
}

/** Notes which event was the latest about a subscription whose state it did not change: no version of it. */
export function noteSubscriptionEvent(
  ctx: Context,
  before: SubscriptionRow,
  latest: Pick<SubscriptionRow, "stateEventAt" | "stateEventRank" | "stateEventId">,
): Query[] {
  return changeSubscription(ctx, before, latest);
}

function changeSubscription(
  ctx: Context,
  before: SubscriptionRow,
  change: Partial<InferInsertModel<typeof billingSubscriptions>>,
): Query[] {
  return [
    ctx.db.build
      .update(billingSubscriptions)
      .set(change)
      .where(
        and(
          eq(billingSubscriptions.ownerUserId, ctx.ownerUserId),
          eq(billingSubscriptions.id, before.id),
          eq(billingSubscriptions.updatedAt, before.updatedAt),
        ),
      ),
    guardChanged(ctx.db, "purchase_moved"),
  ];
}

/** The same for what a plan gives. */
export function putPlanEntitlement(
  ctx: Context,
  row: InferInsertModel<typeof publisherPlanEntitlements>,
  before: PlanEntitlementRow | undefined,
): Query[] {
  const { build } = ctx.db;
  const { id: _id, ownerUserId: _owner, createdAt: _created, ...change } = row;
  const write = before
    ? build
        .update(publisherPlanEntitlements)
        .set(change)
        .where(
          and(
            eq(publisherPlanEntitlements.ownerUserId, ctx.ownerUserId),
            eq(publisherPlanEntitlements.id, before.id),
            eq(publisherPlanEntitlements.updatedAt, before.updatedAt),
          ),
        )
    : build.insert(publisherPlanEntitlements).values(row).onConflictDoNothing();
  return [write, guardChanged(ctx.db, "purchase_moved")];
}
