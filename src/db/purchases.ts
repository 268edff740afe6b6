import { and, eq, type InferInsertModel, type InferSelectModel, lt, type SQL, sql } from "drizzle-orm";
import { guardChanged, type Query } from "./database.ts";
import type { EntitlementRow } from "./entitlements.ts";
import { personIsErased } from "./order-payers.ts";
import {
  billingInvoices,
  checkoutFacts,
  paymentFacts,
  productEntitlements,
  productFulfillmentTasks,
  publisherPlanEntitlements,
} from "./schema/index.ts";
import type { CHECKOUT_FACTS } from "./schema/vocabulary.ts";
import type { Store } from "./store.ts";
import { followEntitlement } from "./tasks.ts";

type CheckoutFact = (typeof CHECKOUT_FACTS)[number];

export type PlanEntitlementRow = InferSelectModel<typeof publisherPlanEntitlements>;

/** Stores a fact; one that is stored already stays as it is. */
export function insertFacts(store: Store, rows: InferInsertModel<typeof checkoutFacts>[]): Query {
  return store.db.build.insert(checkoutFacts).values(rows).onConflictDoNothing();
}

/** Stores a fact that no event of Stripe's reported: this server learned it from its own call. */
export function noteFact(store: Store, checkoutIntentId: string, fact: CheckoutFact, occurredAt: number): Query {
  const { ownerUserId } = store;
  return insertFacts(store, [{ ownerUserId, checkoutIntentId, fact, stripeEventId: null, occurredAt }]);
}

/** Stores the state of an object unless a state of at least its rank is stored: an older report changes nothing. */
export function raisePaymentFact(store: Store, row: InferInsertModel<typeof paymentFacts>): Query {
  const { state, rank, amountCents, stripeEventId, occurredAt } = row;
  return store.db.build
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

/** Stores a paid invoice; one that is stored already stays as it is. */
export function insertInvoices(store: Store, rows: InferInsertModel<typeof billingInvoices>[]): Query {
  return store.db.build.insert(billingInvoices).values(rows).onConflictDoNothing();
}

/** Unique by checkout, product and template: a second grant fails the batch. */
export function insertEntitlement(store: Store, row: InferInsertModel<typeof productEntitlements>): Query {
  const buyerEmailHash = hashUnlessErased(store, row);
  return store.db.build.insert(productEntitlements).values({ ...row, buyerEmailHash });
}

/** The hash to be stored, decided in the commit: a report that was read before an erasure brings no hash back. */
function hashUnlessErased(
  store: Store,
  { buyerEmailHash = null, checkoutIntentId }: { buyerEmailHash?: string | null | undefined; checkoutIntentId: string },
): SQL<string | null> | null {
  if (buyerEmailHash === null) return null;
  return sql`CASE WHEN ${personIsErased(store, checkoutIntentId)} THEN NULL ELSE ${buyerEmailHash} END`;
}

export function insertTask(store: Store, row: InferInsertModel<typeof productFulfillmentTasks>): Query {
  return store.db.build.insert(productFulfillmentTasks).values(row);
}

/** Changes an entitlement, which its task follows; aborts with `purchase_moved` when it has changed since it was read. */
export function moveEntitlement(
  store: Store,
  entitlement: EntitlementRow,
  change: Pick<EntitlementRow, "status" | "updatedAt" | "revokedAt">,
): Query[] {
  return [
    followEntitlement(store, entitlement.id, change.status === "active", change.updatedAt),
    store.db.build
      .update(productEntitlements)
      .set(change)
      .where(
        and(
          eq(productEntitlements.ownerUserId, store.ownerUserId),
          eq(productEntitlements.id, entitlement.id),
          eq(productEntitlements.updatedAt, entitlement.updatedAt),
        ),
      ),
    guardChanged(store.db, "purchase_moved"),
  ];
}

/** Writes the plan entitlement over the row that was read; aborts with `purchase_moved` on a race. */
export function putPlanEntitlement(
  store: Store,
  row: InferInsertModel<typeof publisherPlanEntitlements>,
  before: PlanEntitlementRow | undefined,
): Query[] {
  const { build } = store.db;
  const { id: _id, ownerUserId: _owner, createdAt: _created, ...given } = row;
  const buyerEmailHash = hashUnlessErased(store, row);
  const change = { ...given, buyerEmailHash };
  const write = before
    ? build
        .update(publisherPlanEntitlements)
        .set(change)
        .where(
          and(
            eq(publisherPlanEntitlements.ownerUserId, store.ownerUserId),
            eq(publisherPlanEntitlements.id, before.id),
            eq(publisherPlanEntitlements.updatedAt, before.updatedAt),
          ),
        )
    : build
        .insert(publisherPlanEntitlements)
        .values({ ...row, buyerEmailHash })
        .onConflictDoNothing();
  return [write, guardChanged(store.db, "purchase_moved")];
}
