import * as z from "zod";
import type { StripeMode, TaxBehavior } from "../db/schema/vocabulary.ts";

/** A price of Stripe's as it is read, with its `currency_options` expanded. */
const priceSchema = z.object({
  object: z.literal("price"),
  active: z.boolean(),
  billing_scheme: z.string(),
  currency: z.string(),
  currency_options: z.record(z.string(), z.unknown()).nullish(),
  custom_unit_amount: z.unknown(),
  livemode: z.boolean(),
  recurring: z.object({ interval: z.string(), interval_count: z.int(), usage_type: z.string() }).nullish(),
  tax_behavior: z.string().nullish(),
  tiers_mode: z.string().nullish(),
  transform_quantity: z.unknown(),
  unit_amount: z.int().nullable(),
});

/** What was confirmed of a line whose price stands at Stripe. */
export interface ConfirmedPrice {
  readonly stripeMode: StripeMode;
  readonly unitAmountCents: number;
  readonly currency: string;
  readonly billingInterval: "one_time" | "month" | "year";
  /** Null where no tax is calculated. */
  readonly taxBehavior: TaxBehavior | null;
}

/** The field in which a price differs from what was confirmed, by Stripe's name; `shape` for an object that is no price. */
export type PriceFault = keyof z.output<typeof priceSchema> | "shape";

/**
 * Compares a price of Stripe's with what was confirmed. A price that could be charged otherwise is a fault too: in another
 * currency, in tiers, by use, at an amount that the buyer or a rounding chooses. Undefined where nothing differs.
 */
export function priceFault(object: unknown, confirmed: ConfirmedPrice): PriceFault | undefined {
  const read = priceSchema.safeParse(object);
  if (!read.success) return "shape";
  const price = read.data;
  const isSet = (value: unknown) => value !== null && value !== undefined;
  const checks: readonly (readonly [PriceFault, boolean])[] = [
    ["livemode", price.livemode === (confirmed.stripeMode === "live")],
    ["active", price.active],
    ["currency", price.currency === confirmed.currency],
    ["currency_options", Object.keys(price.currency_options ?? {}).every((code) => code === confirmed.currency)],
    ["billing_scheme", price.billing_scheme === "per_unit"],
    ["tiers_mode", !isSet(price.tiers_mode)],
    ["custom_unit_amount", !isSet(price.custom_unit_amount)],
    ["transform_quantity", !isSet(price.transform_quantity)],
    ["unit_amount", price.unit_amount === confirmed.unitAmountCents],
    ["recurring", recursAsConfirmed(price.recurring, confirmed.billingInterval)],
    ["tax_behavior", confirmed.taxBehavior === null || price.tax_behavior === confirmed.taxBehavior],
  ];
  return checks.find(([, holds]) => !holds)?.[0];
}

function recursAsConfirmed(
  recurring: z.output<typeof priceSchema>["recurring"],
  billingInterval: ConfirmedPrice["billingInterval"],
): boolean {
  if (billingInterval === "one_time") return recurring === null || recurring === undefined;
  return (
    recurring?.interval === billingInterval && recurring.interval_count === 1 && recurring.usage_type === "licensed"
  );
}
