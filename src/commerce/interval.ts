import type { BILLING_INTERVALS } from "../db/schema/vocabulary.ts";

type BillingInterval = (typeof BILLING_INTERVALS)[number];

/** The time after which a plan is charged again, as texts, pages and Stripe name it. */
type Interval = Exclude<BillingInterval, "one_time">;

/** The interval of a plan's price. Throws for a price that is paid once; the check of the seeds lets no plan have one. */
export function intervalOf({ billingInterval }: { readonly billingInterval: BillingInterval }): Interval {
  if (billingInterval === "one_time") throw new Error("the price of a plan is charged again");
  return billingInterval;
}
