import { checkoutText, planText, uploadText } from "../../commerce/confirmation-texts.ts";
import { isOnSale } from "../../db/offers.ts";
import type { StoredRow } from "../seeds/statement.ts";
import type { Comparison, RowsByTable } from "./compare.ts";

/** A thing whose confirmation an agent may hold, and that an apply makes stale: its sentence or its version changes. */
export interface StaleConfirmation {
  readonly kind: "offer" | "plan" | "product";
  readonly id: string;
  /** The sentences as they stand and as they would be: equal where the version alone changes. Null: not on sale. */
  readonly before: string | null;
  readonly after: string | null;
}

/** What a person would confirm, and the rows that its version is made of. */
interface Confirmation {
  readonly kind: StaleConfirmation["kind"];
  readonly id: string;
  /** By the id of what is taken with it; the one without extras is under the empty id. */
  readonly sentences: ReadonlyMap<string, string>;
  readonly rows: readonly string[];
}

/** The confirmations that an apply makes stale, in the order of the catalog. Those of new rows are left out: no agent holds one. */
export function staleConfirmations({ before, after, changed, leaving }: Comparison): StaleConfirmation[] {
  const moved = new Set([...changed, ...leaving].map(({ table, id }) => `${table} ${id}`));
  const next = new Map(confirmationsIn(after).map((one) => [`${one.kind} ${one.id}`, one]));
  return confirmationsIn(before).flatMap((one) => {
    const then = next.get(`${one.kind} ${one.id}`);
    const extras = new Set([...one.sentences.keys(), ...(then?.sentences.keys() ?? [])]);
    const sentences = [...extras].map(
      (extra) => [one.sentences.get(extra) ?? null, then?.sentences.get(extra) ?? null] as const,
    );
    const reworded = sentences.filter(([from, to]) => from !== to);
    const isMoved = [...one.rows, ...(then?.rows ?? [])].some((row) => moved.has(row));
    if (reworded.length === 0 && !isMoved) return [];
    const { kind, id } = one;
    return (reworded.length > 0 ? reworded : sentences.slice(0, 1)).map(([from, to]) => ({
      kind,
      id,
      before: from,
      after: to,
    }));
  });
}

function confirmationsIn(rows: RowsByTable): Confirmation[] {
  const of = (table: string) => [...(rows.get(table)?.values() ?? [])];
  const [profile] = of("businesses");
  if (!profile) return [];
  const business = { confirmationName: text(profile.confirmation_name), tax: text(profile.tax) as "none" | "stripe" };
  const prices = new Map(of("commerce_prices").map((row) => [text(row.id), row]));
  const products = new Map(of("commerce_products").map((row) => [text(row.id), row]));
  const isSold = (offer: StoredRow) =>
    offer.withdrawn === 0 &&
    isOnSale({
      price: { active: Number(prices.get(text(offer.price_id))?.active) },
      product: { status: text(products.get(text(offer.product_id))?.status) },
    });
  const inOrder = (one: StoredRow, other: StoredRow) => Number(one.position) - Number(other.position);
  const offers = of("stack_offers").filter(isSold).sort(inOrder);
  const businessRow = `businesses ${text(profile.owner_user_id)}`;

  const ofOffers = offers
    .filter(({ role }) => role === "primary")
    .map((offer): Confirmation => {
      const bumps = offers.filter((bump) => bump.role === "order_bump" && bump.offer_stack_id === offer.offer_stack_id);
      const price = priceOf(prices, offer);
      return {
        kind: "offer",
        id: text(offer.public_offer_id),
        sentences: new Map([
          ["", checkoutText(business, price)],
          ...bumps.map(
            (bump) => [text(bump.public_offer_id), checkoutText(business, price, [priceOf(prices, bump)])] as const,
          ),
        ]),
        rows: [
          businessRow,
          `offer_stacks ${text(offer.offer_stack_id)}`,
          ...[offer, ...bumps].flatMap((row) => [
            `stack_offers ${text(row.id)}`,
            `commerce_prices ${text(row.price_id)}`,
          ]),
        ],
      };
    });
  const ofPlans = of("plans")
    .filter(({ withdrawn, price_id }) => withdrawn === 0 && prices.get(text(price_id))?.active === 1)
    .sort(inOrder)
    .map((plan): Confirmation => {
      const price = priceOf(prices, plan);
      const setup = plan.setup_price_id ? priceOf(prices, { price_id: plan.setup_price_id }) : undefined;
      return {
        kind: "plan",
        id: text(plan.slug),
        sentences: new Map([
          ["", planText(business, price)],
          ...(setup ? [["setup", planText(business, price, setup)] as const] : []),
        ]),
        rows: [
          businessRow,
          `plans ${text(plan.slug)}`,
          ...[plan.price_id, plan.setup_price_id].map((id) => `commerce_prices ${id}`),
        ],
      };
    });
  const ofProducts = of("access_products").map(
    ({ id }): Confirmation => ({
      kind: "product",
      id: text(id),
      sentences: new Map([["", uploadText()]]),
      rows: [`access_products ${text(id)}`],
    }),
  );
  return [...ofOffers, ...ofPlans, ...ofProducts];
}

function priceOf(prices: ReadonlyMap<string, StoredRow>, { price_id }: StoredRow) {
  const row = prices.get(text(price_id));
  if (!row) throw new Error(`${price_id} is no price`);
  return {
    confirmationName: text(row.confirmation_name),
    unitAmountCents: Number(row.unit_amount_cents),
    currency: text(row.currency),
    // Rows and files are held to these words by a CHECK and a shape.
    billingInterval: text(row.billing_interval) as "month" | "year",
    taxBehavior: (row.tax_behavior ?? null) as "exclusive" | "inclusive" | null,
  };
}

const text = (value: unknown): string => String(value ?? "");
