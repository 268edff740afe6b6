import type { ListPosition } from "../base/list.ts";
import { idEndOf } from "../base/order-number.ts";
import { typedAmounts } from "../base/typed-amount.ts";
import type { Query } from "../db/database.ts";
import { EMAIL_HASH, hashedEmail } from "../db/order-payers.ts";
import {
  type ListedOrder,
  orderByEitherId,
  ordersByIdEnd,
  ordersConfirmedFor,
  ordersOfAccount,
  ordersPaidBy,
  ordersPaidWith,
} from "../db/orders.ts";
import type { Context } from "../kernel/context.ts";

/** The most characters of a search: an address has at most 254. */
export const LONGEST_SEARCH = 300;

/** What a search was taken for. */
type SearchKind = "id" | "number" | "payer" | "account" | "amount";

/** What the owner typed, and which orders of an address are wanted: those it paid, or those of its account. */
export interface Search {
  readonly typed: string;
  readonly ofAccount: boolean;
}

/** The orders that a search found, as what it was taken for; `kind` is undefined for a text that is no search. */
export interface Found {
  readonly kind: SearchKind | undefined;
  /** Newest first, at most one more than a page. */
  readonly orders: readonly ListedOrder[];
  /** True where the account with the address has orders that are not among these. */
  readonly alsoOfAccount: boolean;
}

const ID = /^(?:checkout-intent|operation)-[0-9a-z-]{1,80}$/;
const EMAIL = /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u;

/** The search in an address. */
export const searchOf = ({ searchParams }: URL): Search => ({
  typed: searchParams.get("q")?.trim() ?? "",
  ofAccount: searchParams.get("of") === "account",
});

/**
 * Finds orders by what the owner typed: a number, an id, an address or an amount. A text that can be two of them, as
 * `12345678`, is the first that finds an order. Each kind is a page of an index: the work does not grow with the orders.
 */
export async function findOrders(
  { typed, ofAccount }: Search,
  currencies: readonly string[],
  after: ListPosition | undefined,
  ctx: Context,
): Promise<Found> {
  const queries = await searchesFor(typed, currencies, after, ctx);
  const kinds = Object.keys(queries) as SearchKind[];
  const named = kinds.flatMap((kind) => (queries[kind] ?? []).map((query, at) => [`${kind} ${at}`, query] as const));
  if (named.length === 0) return { kind: undefined, orders: [], alsoOfAccount: false };
  const rows: Record<string, ListedOrder[]> = await ctx.db.read(Object.fromEntries(named));
  const found = (wanted: SearchKind) =>
    Object.entries(rows)
      .filter(([name]) => name.startsWith(`${wanted} `))
      .flatMap(([, orders]) => orders)
      .sort((one, other) => other.listedAt - one.listedAt || (other.id < one.id ? -1 : 1));
  const wanted = ofAccount ? kinds.filter((kind) => kind !== "payer") : kinds;
  const kind = wanted.find((one) => found(one).length > 0) ?? wanted[0];
  const orders = kind === undefined ? [] : found(kind);
  const shown = new Set(orders.map(({ id }) => id));
  return { kind, orders, alsoOfAccount: kind === "payer" && found("account").some(({ id }) => !shown.has(id)) };
}

/** The queries for each kind that a text can be, the likeliest first. */
async function searchesFor(
  typed: string,
  currencies: readonly string[],
  after: ListPosition | undefined,
  ctx: Context,
): Promise<Partial<Record<SearchKind, Query<ListedOrder[]>[]>>> {
  if (typed.length > LONGEST_SEARCH) return {};
  const id = typed.toLowerCase();
  if (ID.test(id)) return { id: [orderByEitherId(ctx, id)] };
  if (EMAIL.test(typed)) {
    const email = hashedEmail(typed);
    const hashes = await ctx.keyring.keyedHashes(email, EMAIL_HASH);
    return {
      payer: hashes.map((hash) => ordersPaidBy(ctx, hash, after)),
      account: [ordersOfAccount(ctx, email, after)],
    };
  }
  const idEnd = idEndOf(typed);
  const amounts = typedAmounts(typed, currencies);
  return {
    ...(idEnd !== undefined && { number: [ordersByIdEnd(ctx, idEnd, after)] }),
    ...(amounts.length > 0 && {
      amount: amounts.flatMap((amount) => [ordersConfirmedFor(ctx, amount, after), ordersPaidWith(ctx, amount, after)]),
    }),
  };
}
