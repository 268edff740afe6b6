import type Stripe from "stripe";
import { ifJoined } from "../db/joined.ts";
import type { BusinessRow } from "../db/operations.ts";
import type { OpenPlanCheckout, PlanHeld, PlanRow } from "../db/plans.ts";
import { invalidInput, Problem } from "../kernel/problem.ts";
import type { CheckoutTerms } from "./hosted-checkout.ts";

export const planUri = (slug: string) => `commerce://plans/${encodeURIComponent(slug)}`;

type Price = NonNullable<PlanRow["price"]>;

/** A plan that can be bought, with the setup if it was asked for. */
export interface SoldPlan {
  readonly plan: PlanRow["plan"];
  readonly price: Price;
  readonly setup: Price | undefined;
}

/** Throws `ineligible_state` with the way to get in touch for a plan that is sold by talking. */
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
  if (price.active !== 1 || (withSetup && setup?.active !== 1)) {
    throw new Problem("ineligible_state", { detail: "This plan is not on sale.", resource: planUri(plan.slug) });
  }
  return { plan, price, setup: withSetup ? setup : undefined };
}

/** Throws `ineligible_state` while the actor has the plan, or a checkout of it that can still be paid. */
export function assertNoPlan(
  slug: string,
  held: readonly PlanHeld[],
  open: readonly OpenPlanCheckout[],
  now: number,
): void {
  if (held.length > 0) {
    throw new Problem("ineligible_state", {
      detail: `The plan ${slug} is active already.`,
      resource: "commerce://checkouts",
    });
  }
  const standing = open.find(({ expiresAt }) => expiresAt > now);
  if (standing) {
    throw new Problem("ineligible_state", {
      detail: `The checkout ${standing.id} of the same plan can still be paid. Use its link, or expire it first.`,
      resource: `commerce://checkouts/${standing.id}`,
    });
  }
}

/** The lines as the checkout keeps them and as Stripe takes them: the plan every month, the setup once. */
export function planLines({ plan, price, setup }: SoldPlan): Pick<CheckoutTerms, "lines" | "request"> {
  const named = [
    { role: "primary" as const, price, name: plan.name, recurring: true },
    ...(setup ? [{ role: "setup" as const, price: setup, name: setup.nickname, recurring: false }] : []),
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
      line_items: named.map(({ price, name, recurring }) => lineItem(price, name, recurring)),
    },
  };
}

function lineItem(price: Price, name: string, recurring: boolean): Stripe.Checkout.SessionCreateParams.LineItem {
  if (price.stripePriceId) return { price: price.stripePriceId, quantity: 1 };
  return {
    quantity: 1,
    price_data: {
      currency: price.currency,
      unit_amount: price.unitAmountCents,
      product_data: { name },
      ...(recurring && { recurring: { interval: "month" } }),
    },
  };
}
