import { Hono } from "hono";
import { z } from "zod";
import { seconds } from "./clock.ts";
import { bodyOf, type SandboxVariables } from "./control-door.ts";
import { newId } from "./ids.ts";
import { type CatalogPrice, prices } from "./prices.ts";
import { inMode, type Sandbox } from "./sandbox.ts";

const amount = z.int().min(0);
const currency = z.string().regex(/^[a-z]{3}$/);
const taxBehavior = z.enum(["exclusive", "inclusive", "unspecified"]);
const customAmount = z.strictObject({
  minimum: amount.nullable().default(null),
  maximum: amount.nullable().default(null),
  preset: amount.nullable().default(null),
});

/** A price of the account's catalog, with the fields of Stripe's own; `name` and `tax_code` are those of its product. */
const priceRequest = z
  .strictObject({
    id: z.string().startsWith("price_").optional(),
    livemode: z.boolean().default(false),
    active: z.boolean().default(true),
    currency,
    unit_amount: amount.nullable().default(null),
    recurring: z
      .strictObject({
        interval: z.enum(["day", "week", "month", "year"]),
        interval_count: z.int().min(1).default(1),
        usage_type: z.enum(["licensed", "metered"]).default("licensed"),
      })
      .nullable()
      .default(null),
    tax_behavior: taxBehavior.default("unspecified"),
    product: z.string().startsWith("prod_").optional(),
    name: z.string().default("A product"),
    tax_code: z.string().startsWith("txcd_").nullable().default(null),
    currency_options: z
      .record(currency, z.strictObject({ unit_amount: amount, tax_behavior: taxBehavior.default("unspecified") }))
      .default({}),
    billing_scheme: z.enum(["per_unit", "tiered"]).default("per_unit"),
    tiers: z
      .array(z.strictObject({ unit_amount: amount, up_to: z.int().min(1).nullable() }))
      .min(1)
      .optional(),
    tiers_mode: z.enum(["graduated", "volume"]).nullable().default(null),
    custom_unit_amount: customAmount.nullable().default(null),
    transform_quantity: z
      .strictObject({ divide_by: z.int().min(1), round: z.enum(["up", "down"]) })
      .nullable()
      .default(null),
  })
  .refine(
    ({ unit_amount, custom_unit_amount, billing_scheme, tiers, tiers_mode }) =>
      billing_scheme === "tiered"
        ? tiers !== undefined && tiers_mode !== null && unit_amount === null && custom_unit_amount === null
        : tiers === undefined && tiers_mode === null && (unit_amount === null) !== (custom_unit_amount === null),
    "has one of unit_amount, custom_unit_amount, or billing_scheme tiered with tiers and tiers_mode",
  );

/** A price as a client sends it. */
export type PriceRequest = z.input<typeof priceRequest>;

/** `/_sandbox/prices`: the owner makes a price in Stripe's dashboard. */
export const priceControl = new Hono<SandboxVariables>();

priceControl.post("/", async (c) => {
  const request = await bodyOf(c, priceRequest);
  const sandbox = inMode(c.var.sandbox, request.livemode);
  const price = catalogPrice(sandbox, request);
  const writes = prices.insert(sandbox, price, { name: request.name, taxCode: request.tax_code });
  await sandbox.db.batch(writes);
  return c.json(price);
});

function catalogPrice(sandbox: Sandbox, request: z.output<typeof priceRequest>): CatalogPrice {
  const { recurring, custom_unit_amount } = request;
  const own = option(request.unit_amount, request.tax_behavior, custom_unit_amount);
  const others = Object.entries(request.currency_options).map(([code, { unit_amount, tax_behavior }]) => [
    code,
    option(unit_amount, tax_behavior, null),
  ]);
  return {
    id: request.id ?? newId("price"),
    object: "price",
    active: request.active,
    billing_scheme: request.billing_scheme,
    created: seconds(sandbox.now),
    currency: request.currency,
    currency_options: { [request.currency]: own, ...Object.fromEntries(others) },
    custom_unit_amount,
    livemode: sandbox.livemode,
    lookup_key: null,
    metadata: {},
    nickname: null,
    product: request.product ?? newId("prod", 14),
    recurring: recurring && { ...recurring, meter: null, trial_period_days: null },
    tax_behavior: request.tax_behavior,
    tiers_mode: request.tiers_mode,
    transform_quantity: request.transform_quantity,
    type: recurring ? "recurring" : "one_time",
    unit_amount: request.unit_amount,
    unit_amount_decimal: decimal(request.unit_amount),
    ...(request.tiers === undefined ? {} : { tiers: request.tiers.map(tier) }),
  } satisfies CatalogPrice;
}

function option(
  unit_amount: number | null,
  tax_behavior: z.output<typeof taxBehavior>,
  custom_unit_amount: z.output<typeof customAmount> | null,
) {
  return { custom_unit_amount, tax_behavior, unit_amount, unit_amount_decimal: decimal(unit_amount) };
}

function tier({ unit_amount, up_to }: { unit_amount: number; up_to: number | null }) {
  return {
    flat_amount: null,
    flat_amount_decimal: null,
    unit_amount,
    unit_amount_decimal: String(unit_amount),
    up_to,
  };
}

const decimal = (value: number | null) => (value === null ? null : String(value));
