import type Stripe from "stripe";
import { assertCurrency, assertDigits } from "./charge-limits.ts";
import { seconds } from "./clock.ts";
import { invalid, missing } from "./errors.ts";
import { newId } from "./ids.ts";
import type { WirePrice } from "./line-items.ts";
import { type CatalogPrice, prices } from "./prices.ts";
import type { Sandbox } from "./sandbox.ts";
import type { CreateSession } from "./session-parameters.ts";

/** A line of a request with its price. */
export interface PricedLine {
  price: WirePrice;
  /** The name of the product. */
  name: string;
  taxCode: string | null;
  quantity: number;
  metadata: Record<string, string>;
}

/** The lines of a request, each with the price that it names or describes. Throws Stripe's refusal of one. */
export function pricedLines(sandbox: Sandbox, items: CreateSession["line_items"]): Promise<PricedLine[]> {
  return Promise.all(items.map((item, index) => pricedLine(sandbox, item, `line_items[${index}]`)));
}

async function pricedLine(
  sandbox: Sandbox,
  item: CreateSession["line_items"][number],
  at: string,
): Promise<PricedLine> {
  const { quantity, metadata = {}, price, price_data: data } = item;
  if (price !== undefined && data !== undefined) {
    throw invalid(at, "You may only specify one of these parameters: price, price_data.");
  }
  if (price !== undefined) return { ...(await namedPrice(sandbox, price, `${at}[price]`)), quantity, metadata };
  if (data === undefined) throw missing(`${at}[price_data]`);
  assertCurrency(data.currency, `${at}[price_data][currency]`);
  assertDigits(data.unit_amount, data.currency, `${at}[price_data][unit_amount]`);
  const { name, tax_code = null } = data.product_data;
  return { price: inlinePrice(sandbox, data), name, taxCode: tax_code, quantity, metadata };
}

async function namedPrice(
  sandbox: Sandbox,
  id: string,
  at: string,
): Promise<Pick<PricedLine, "name" | "price" | "taxCode">> {
  const found = await prices.find(sandbox, id);
  if (found === null) throw invalid(at, `No such price: '${id}'`, "resource_missing");
  const { currency_options, tiers, ...body } = found.body;
  if (!body.active) {
    throw invalid(at, "The price specified is inactive. This field only accepts active prices.");
  }
  const simple = asSimple(body);
  if (simple === null || Object.keys(currency_options).length > 1 || tiers !== undefined) {
    throw invalid(
      at,
      `The Stripe sandbox sells per unit, in one currency, licensed: it does not simulate the price ${id}.`,
    );
  }
  return { price: simple, name: found.hidden.name, taxCode: found.hidden.taxCode };
}

/** A price of one fixed amount per unit; null for any other. */
function asSimple(price: Omit<CatalogPrice, "currency_options" | "tiers">): WirePrice | null {
  const { unit_amount, unit_amount_decimal, transform_quantity, recurring } = price;
  if (unit_amount === null || unit_amount_decimal === null || transform_quantity !== null) return null;
  return recurring?.usage_type === "metered" ? null : { ...price, unit_amount, unit_amount_decimal };
}

type PriceData = NonNullable<CreateSession["line_items"][number]["price_data"]>;

/** A price of its own, for this line alone. Stripe shows such prices as inactive. */
export function inlinePrice(
  sandbox: Sandbox,
  data: Pick<PriceData, "currency" | "unit_amount"> & Partial<Pick<PriceData, "recurring" | "tax_behavior">>,
): WirePrice {
  return {
    id: newId("price"),
    object: "price",
    active: false,
    billing_scheme: "per_unit",
    created: seconds(sandbox.now),
    currency: data.currency,
    custom_unit_amount: null,
    livemode: sandbox.livemode,
    lookup_key: null,
    metadata: {},
    nickname: null,
    product: newId("prod", 14),
    recurring: data.recurring ? recurrence(data.recurring) : null,
    tax_behavior: data.tax_behavior ?? "unspecified",
    tiers_mode: null,
    transform_quantity: null,
    type: data.recurring ? "recurring" : "one_time",
    unit_amount: data.unit_amount,
    unit_amount_decimal: String(data.unit_amount),
  } satisfies WirePrice;
}

function recurrence({ interval, interval_count = 1 }: NonNullable<PriceData["recurring"]>): Stripe.Price.Recurring {
  return { interval, interval_count, meter: null, trial_period_days: null, usage_type: "licensed" };
}
