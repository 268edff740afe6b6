import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { guardThat, type Query, type Rows } from "./database.ts";
import { idsAmong } from "./ids-among.ts";
import { paidBy } from "./order-payers.ts";
import { NOT_OVER } from "./plans.ts";
import {
  billingSubscriptions,
  checkoutIntents,
  orderPayers,
  plans,
  productEntitlements,
  publisherPlanEntitlements,
} from "./schema/index.ts";
import type { Store } from "./store.ts";

/** A person as orders know one: by the account that started them, and by hashes of the address that paid. */
export interface PersonInOrders {
  /** Null for a payer who has no account. */
  readonly userId: string | null;
  /** Those of `keyring.keyedHashes`. */
  readonly emailHashes: readonly string[];
}

/**
 * The ids of a person's orders: those of their account, and those that their address paid. The second ones are found by the
 * payer, and where an earlier release kept none, by what the order gave.
 */
export function ordersOfPerson(store: Store, { userId, emailHashes }: PersonInOrders) {
  const { build } = store.db;
  const { ownerUserId } = store;
  const hashes = [...emailHashes];
  return {
    own: build
      .select({ id: checkoutIntents.id, createdAt: checkoutIntents.createdAt })
      .from(checkoutIntents)
      .where(ofAccount(store, userId))
      .orderBy(asc(checkoutIntents.createdAt)),
    paid: build.select({ id: orderPayers.checkoutIntentId }).from(orderPayers).where(paidBy(store, hashes)),
    granted: build
      .select({ id: productEntitlements.checkoutIntentId })
      .from(productEntitlements)
      .where(
        and(eq(productEntitlements.ownerUserId, ownerUserId), inArray(productEntitlements.buyerEmailHash, hashes)),
      ),
    planned: build
      .select({ id: publisherPlanEntitlements.checkoutIntentId })
      .from(publisherPlanEntitlements)
      .where(
        and(
          eq(publisherPlanEntitlements.ownerUserId, ownerUserId),
          inArray(publisherPlanEntitlements.buyerEmailHash, hashes),
        ),
      ),
  };
}

const ofAccount = (store: Store, userId: string | null) =>
  and(eq(checkoutIntents.ownerUserId, store.ownerUserId), eq(checkoutIntents.actorId, userId ?? ""));

/**
 * What stands in the way of erasing the person whose account has these orders: checkouts that are open, and plans that run.
 * An order of another account counts for nothing: a stranger can name this person's address as the payer's.
 */
export function openAffairs(store: Store, ids: readonly string[]) {
  const { build } = store.db;
  const among = idsAmong(ids);
  const { ownerUserId } = store;
  return {
    open: build
      .select({ id: checkoutIntents.id, status: checkoutIntents.status })
      .from(checkoutIntents)
      .where(
        and(
          eq(checkoutIntents.ownerUserId, ownerUserId),
          sql`${checkoutIntents.id} IN ${among}`,
          inArray(checkoutIntents.status, ["created", "open", "completed", "blocked"]),
        ),
      )
      .limit(20),
    held: build
      .select({ id: publisherPlanEntitlements.checkoutIntentId, name: plans.name })
      .from(publisherPlanEntitlements)
      .innerJoin(
        plans,
        and(
          eq(plans.ownerUserId, publisherPlanEntitlements.ownerUserId),
          eq(plans.slug, publisherPlanEntitlements.planSlug),
        ),
      )
      .where(
        and(
          eq(publisherPlanEntitlements.ownerUserId, ownerUserId),
          sql`${publisherPlanEntitlements.checkoutIntentId} IN ${among}`,
          eq(publisherPlanEntitlements.status, "active"),
        ),
      )
      .limit(20),
    running: build
      .select({ id: sql<string>`${billingSubscriptions.checkoutIntentId}`.as("running_order"), name: plans.name })
      .from(billingSubscriptions)
      .innerJoin(
        plans,
        and(eq(plans.ownerUserId, billingSubscriptions.ownerUserId), eq(plans.slug, billingSubscriptions.planSlug)),
      )
      .where(
        and(
          eq(billingSubscriptions.ownerUserId, ownerUserId),
          sql`${billingSubscriptions.checkoutIntentId} IN ${among}`,
          inArray(billingSubscriptions.status, [...NOT_OVER]),
        ),
      )
      .limit(20),
  };
}

/** The rows of what stands in the way. */
export type OpenAffairs = Rows<ReturnType<typeof openAffairs>>;

/**
 * Aborts the batch with `person_busy` while an affair of the account is open, and with `person_moved` when the account has
 * another number of orders than were read.
 */
export function guardAtRest(
  store: Store,
  { userId }: PersonInOrders,
  ids: { readonly own: readonly string[]; readonly all: readonly string[] },
): Query[] {
  const { open, held, running } = openAffairs(store, ids.own);
  const ownNow = sql`(SELECT count(*) FROM ${checkoutIntents} WHERE ${ofAccount(store, userId)})`;
  return [
    guardThat(store.db, sql`${ownNow} = ${ids.own.length}`, "person_moved"),
    guardThat(
      store.db,
      sql`NOT EXISTS (SELECT 1 FROM ${open}) AND NOT EXISTS (SELECT 1 FROM ${held}) AND NOT EXISTS (SELECT 1 FROM ${running})`,
      "person_busy",
    ),
  ];
}
