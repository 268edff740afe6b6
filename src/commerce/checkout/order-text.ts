import { isoTime, minuteText } from "../../base/time.ts";
import { type EarlierOrders, TOLD } from "../../db/earlier-orders.ts";
import type { QuestionLine } from "../../kernel/confirmed-write.ts";
import { CHECKOUT_WORDS } from "../words.ts";

/** Names an order to a person by its lines and its time, without ids. */
export function orderText(lines: readonly { readonly name: string }[], at: number): string {
  const names = lines.map(({ name }) => name).join(" and ");
  return `${names || "an order without lines"}, ordered at ${minuteText(at)}`;
}

/** An order that may still be paid, or was paid within the last day. */
interface EarlierOrder {
  readonly id: string;
  /** Whether it is of what is being bought now. */
  readonly same: boolean;
  readonly status: EarlierOrders["payable"][number]["status"];
  readonly createdAt: number;
  /** Its lines. */
  readonly lines: readonly { readonly name: string }[];
}

/** The earlier orders of a person, those of the same thing first; at most five, without the order of this call. */
export function toldOrders(
  { payable, recentlyPaid }: EarlierOrders,
  [own]: readonly { readonly id: string }[] = [],
): EarlierOrder[] {
  const orders = [...payable, ...recentlyPaid].map(({ same, names, ...order }) => {
    const lines = (JSON.parse(names) as string[]).map((name) => ({ name }));
    return { ...order, same: same === 1, lines };
  });
  const byId = new Map(orders.map((order) => [order.id, order]));
  if (own) byId.delete(own.id);
  return [...byId.values()].sort((one, other) => Number(other.same) - Number(one.same)).slice(0, TOLD);
}

/** Tells a person, before they agree, which orders of theirs are there already. */
export function orderedAlready(orders: readonly EarlierOrder[]): QuestionLine[] {
  const told = orders.map(({ same, lines, createdAt, status }) => ({
    passing: true as const,
    label: same ? "Ordered already" : "Also open for payment",
    value: `${orderText(lines, createdAt)}: ${CHECKOUT_WORDS[status]}`,
  }));
  const none = "no other order of this is open, on its way, or paid in the last 24 hours";
  const again = "you ordered this before; this is one more order";
  return [{ passing: true, label: "Now", value: orders.some(({ same }) => same) ? again : none }, ...told];
}

/** Earlier orders of the same thing, as a resource lists them for the person whose they are. */
export function sameOrders(orders: readonly EarlierOrder[]) {
  return orders
    .filter(({ same }) => same)
    .map(({ id, status, createdAt, lines }) => ({
      checkoutIntentId: id,
      status,
      createdAt: isoTime(createdAt),
      lines,
    }));
}
