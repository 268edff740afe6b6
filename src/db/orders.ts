import { and, desc, eq, type SQL, sql } from "drizzle-orm";
import { type ListPosition, PAGE_SIZE } from "../base/list.ts";
import type { Amount } from "../base/typed-amount.ts";
import { checkoutIntentLines, checkoutIntents, orderPayers, user } from "./schema/index.ts";
import type { Store } from "./store.ts";

const { ownerUserId, id, createdAt } = checkoutIntents;

/** The columns by which the owner's list can be narrowed, one at a time. Each has an index that begins with it. */
const FILTERED = {
  status: checkoutIntents.status,
  mode: checkoutIntents.stripeMode,
  offer: checkoutIntents.offerId,
  plan: checkoutIntents.planSlug,
  client: checkoutIntents.agentClientId,
} as const;

/** What a list of orders can be narrowed by. */
export type OrderField = keyof typeof FILTERED;

/** One filter, and the time in which an order was started: from an instant on, and before one. */
export interface OrderFilter {
  readonly field?: { readonly name: OrderField; readonly value: string } | undefined;
  readonly from?: number | undefined;
  readonly before?: number | undefined;
}

/** An order as a list shows it. */
export type ListedOrder = Awaited<ReturnType<typeof ordersPage>>[number];

/** The person of an order's account; `personErasedAt` is set for an erased one. */
export const personOfOrder = {
  personName: sql<string | null>`${user.name}`.as("person_name"),
  personEmail: sql<string | null>`${user.email}`.as("person_email"),
  personErasedAt: sql<number | null>`${user.erasedAt}`.as("person_erased_at"),
};

const columns = {
  id,
  createdAt,
  status: checkoutIntents.status,
  stripeMode: checkoutIntents.stripeMode,
  amountCents: checkoutIntents.amountCents,
  currency: checkoutIntents.currency,
  taxBehavior: checkoutIntents.taxBehavior,
  taxCents: checkoutIntents.taxCents,
  paidCents: checkoutIntents.paidCents,
  blockedReason: checkoutIntents.blockedReason,
  planSlug: checkoutIntents.planSlug,
  /** The names of its lines, as a JSON list. */
  names: sql<string>`(SELECT json_group_array(${checkoutIntentLines.name} ORDER BY ${checkoutIntentLines.position})
    FROM ${checkoutIntentLines} WHERE ${checkoutIntentLines.ownerUserId} = ${ownerUserId}
      AND ${checkoutIntentLines.checkoutIntentId} = ${id})`.as("names"),
  ...personOfOrder,
  /** Where the row stands in its list. */
  listedAt: sql<number>`${createdAt}`.as("listed_at"),
};

const older = (at: SQL | typeof createdAt, place: SQL | typeof id, after: ListPosition | undefined) =>
  after && sql`(${at}, ${place}) < (${after.createdAt}, ${after.id})`;

function newest(store: Store, which: SQL | undefined, after: ListPosition | undefined) {
  return store.db.build
    .select(columns)
    .from(checkoutIntents)
    .leftJoin(user, eq(user.id, checkoutIntents.actorId))
    .where(and(eq(ownerUserId, store.ownerUserId), which, older(createdAt, id, after)))
    .orderBy(desc(createdAt), desc(id))
    .limit(PAGE_SIZE + 1);
}

/** A page of orders and one more, newest first. */
export function ordersPage(store: Store, { field, from, before }: OrderFilter, after: ListPosition | undefined) {
  return newest(
    store,
    and(
      field && eq(FILTERED[field.name], field.value),
      from === undefined ? undefined : sql`${createdAt} >= ${from}`,
      // A position is within the time already; a second upper bound could take the index from it.
      before === undefined || after ? undefined : sql`${createdAt} < ${before}`,
    ),
    after,
  );
}

/** The order that has this id, or whose operation has it. */
export function orderByEitherId(store: Store, eitherId: string) {
  const byOperation = sql`(SELECT ${id} FROM ${checkoutIntents} WHERE ${ownerUserId} = ${store.ownerUserId}
    AND ${checkoutIntents.operationId} = ${eitherId})`;
  return newest(store, sql`${id} = coalesce(${byOperation}, ${eitherId})`, undefined);
}

/** Orders whose ids end in these digits: those of a number. */
export function ordersByIdEnd(store: Store, idEnd: string, after: ListPosition | undefined) {
  return newest(store, sql`substr(${id}, -10) = ${idEnd}`, after);
}

/** Orders of the account with this address. */
export function ordersOfAccount(store: Store, email: string, after: ListPosition | undefined) {
  return newest(
    store,
    sql`${checkoutIntents.actorId} = (SELECT ${user.id} FROM ${user} WHERE ${user.email} = ${email})`,
    after,
  );
}

/** Orders whose confirmed amount is this one. */
export function ordersConfirmedFor(store: Store, { currency, amountCents }: Amount, after: ListPosition | undefined) {
  return newest(
    store,
    and(eq(checkoutIntents.currency, currency), eq(checkoutIntents.amountCents, amountCents)),
    after,
  );
}

/** Orders that were paid with this amount, and confirmed for another one: their tax is added, or they are blocked. */
export function ordersPaidWith(store: Store, { currency, amountCents }: Amount, after: ListPosition | undefined) {
  const { paidCents } = checkoutIntents;
  const differs = sql`${paidCents} <> ${checkoutIntents.amountCents}`;
  return newest(store, and(eq(checkoutIntents.currency, currency), eq(paidCents, amountCents), differs), after);
}

/** Orders whose payer's address has this keyed hash, by the time of the first report that named it. */
export function ordersPaidBy(store: Store, emailHash: string, after: ListPosition | undefined) {
  return store.db.build
    .select({ ...columns, listedAt: sql<number>`${orderPayers.createdAt}`.as("listed_at") })
    .from(orderPayers)
    .innerJoin(checkoutIntents, and(eq(ownerUserId, orderPayers.ownerUserId), eq(id, orderPayers.checkoutIntentId)))
    .leftJoin(user, eq(user.id, checkoutIntents.actorId))
    .where(
      and(
        eq(orderPayers.ownerUserId, store.ownerUserId),
        eq(orderPayers.emailHash, emailHash),
        older(sql`${orderPayers.createdAt}`, sql`${orderPayers.checkoutIntentId}`, after),
      ),
    )
    .orderBy(desc(orderPayers.createdAt), desc(orderPayers.checkoutIntentId))
    .limit(PAGE_SIZE + 1);
}
