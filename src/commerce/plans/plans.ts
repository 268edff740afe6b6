import { moneyText } from "../../base/money.ts";
import { invalidInput, Problem } from "../../base/problem.ts";
import { ifJoined } from "../../db/joined.ts";
import type { BusinessRow } from "../../db/operations.ts";
import type { PlanRow, SoldPlan } from "../../db/plans.ts";
import type { StripeMode } from "../../db/schema/vocabulary.ts";
import { planSoldMode } from "../../db/sold-mode.ts";
import type { Context } from "../../kernel/context.ts";
import { quotedText } from "../../pages/untrusted-text.ts";
import { lineItem } from "../../stripe/line-item.ts";
import type { CheckoutTerms } from "../checkout/hosted-checkout.ts";
import { intervalOf } from "../interval.ts";
import { assertModeIsSetUp } from "../modes.ts";
import { taxOf } from "../tax.ts";

export const planUri = (slug: string) => `commerce://plans/${encodeURIComponent(slug)}`;

/**
 * The plan with its prices. Throws `ineligible_state` with the contact path for a contact plan, which has no confirmation
 * text.
 */
export function soldPlan(row: PlanRow, withSetup: boolean, business: BusinessRow): SoldPlan {
  const { plan } = row;
  const price = ifJoined(row.price);
  const setup = ifJoined(row.setup);
  if (plan.status === "contact" || !price) {
    throw new Problem("ineligible_state", {
      detail: `This plan is sold in person: ${business.contactPath}.`,
      resource: planUri(plan.slug),
    });
  }
  if (withSetup && !setup) throw invalidInput("includeSetup", "this plan has no setup");
  return { plan, price, setup: withSetup ? setup : undefined };
}

/**
 * The mode that a plan is sold in. Throws `ineligible_state` where the deployment names no maximum, and
 * `provider_unavailable` where the mode is not set up.
 */
export function planMode({ slug, stripeMode }: PlanRow["plan"], ctx: Context): StripeMode {
  const mode = planSoldMode(stripeMode, ctx);
  if (mode === null) {
    throw new Problem("ineligible_state", {
      detail: NONE_ON_SALE,
      resource: planUri(slug),
    });
  }
  assertModeIsSetUp(mode, ctx);
  return mode;
}

/** What a plan is and costs, as the list and the plan itself tell it. A contact plan has no price. */
export function planFields(row: PlanRow, business: BusinessRow, ctx: Pick<Context, "maxMode">) {
  const { plan } = row;
  const price = ifJoined(row.price);
  const taxBehavior = price && taxOf(business, [price]);
  return {
    name: quotedText(plan.name),
    summary: quotedText(plan.description),
    amountCents: price?.unitAmountCents ?? null,
    amountText: price ? moneyText(price.unitAmountCents, price.currency) : null,
    currency: price?.currency ?? null,
    ...(taxBehavior && { taxBehavior }),
    billingInterval: plan.billingInterval,
    stripeMode: planSoldMode(plan.stripeMode, ctx),
    status: plan.status,
  };
}

const OFF_SALE = "This plan is not on sale.";
const NONE_ON_SALE = "Plans are not on sale here at the moment.";

/** What stands in the way of everyone who would buy the plan: its price is off sale, or the deployment names no maximum. */
export function offSaleWords({ plan, price }: PlanRow, ctx: Pick<Context, "maxMode">): string | undefined {
  if (plan.status === "contact") return undefined;
  if (planSoldMode(plan.stripeMode, ctx) === null) return NONE_ON_SALE;
  return price?.active === 1 ? undefined : OFF_SALE;
}

/** Throws `ineligible_state` where a price of the plan is off sale. */
export function assertOnSale({ plan, price, setup }: SoldPlan): void {
  if (price.active === 1 && (!setup || setup.active === 1)) return;
  throw new Problem("ineligible_state", { detail: OFF_SALE, resource: planUri(plan.slug) });
}

/** The lines of the checkout and of Stripe's session in the mode of the sale: the plan every month or year, the setup once. */
export function planLines(
  { plan, price, setup }: SoldPlan,
  sold: StripeMode,
): Pick<CheckoutTerms, "lines" | "request"> {
  const modes = { wanted: plan.stripeMode, sold };
  const named = [
    { role: "primary" as const, price, name: plan.name, interval: intervalOf(price) },
    ...(setup ? [{ role: "setup" as const, price: setup, name: setup.nickname, interval: "once" as const }] : []),
  ];
  return {
    lines: named.map(({ role, price, name }) => ({
      role,
      offerId: null,
      productId: price.productId,
      priceId: price.id,
      name,
      unitAmountCents: price.unitAmountCents,
    })),
    request: {
      mode: "subscription",
      line_items: named.map(({ price, name, interval }) => lineItem(price, name, interval, modes)),
    },
  };
}
