import { invalidInput, Problem } from "../../base/problem.ts";
import { ifJoined } from "../../db/joined.ts";
import type { BusinessRow } from "../../db/operations.ts";
import type { PlanObstacles, PlanRow, SoldPlan } from "../../db/plans.ts";
import type { StripeMode } from "../../db/schema/vocabulary.ts";
import type { Context } from "../../kernel/context.ts";
import { lineItem } from "../../stripe/line-item.ts";
import type { CheckoutTerms } from "../checkout/hosted-checkout.ts";

export const planUri = (slug: string) => `commerce://plans/${encodeURIComponent(slug)}`;

/**
 * Throws `ineligible_state` with the way to get in touch for a plan that is sold by talking: whatever the text, since no
 * text could be right.
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
 * The mode that a plan is sold in. Throws `ineligible_state` where none is set, and `provider_unavailable` where the set
 * one lacks a key, or the secret by which Stripe's word of the payment could be believed. Never the other mode.
 */
export function planMode(slug: string, ctx: Context): StripeMode {
  const { plansMode, stripe } = ctx;
  if (!plansMode) {
    throw new Problem("ineligible_state", {
      detail: "Plans are not on sale here at the moment.",
      resource: planUri(slug),
    });
  }
  stripe.assertUsable(plansMode);
  if (stripe.webhookSecrets(plansMode).length === 0) {
    throw new Problem("provider_unavailable", { detail: `Checkout is not set up here in ${plansMode} mode.` });
  }
  return plansMode;
}

/** Whether a purchase was a test where plans are sold live: then it gives no plan, and what it gave before is over. */
export function isOnlyATest({ stripeMode }: { readonly stripeMode: StripeMode }, { plansMode }: Context): boolean {
  return plansMode === "live" && stripeMode === "sandbox";
}

/** Throws `ineligible_state` where a price of the plan is off sale. */
export function assertOnSale({ plan, price, setup }: SoldPlan): void {
  if (price.active === 1 && (!setup || setup.active === 1)) return;
  throw new Problem("ineligible_state", { detail: "This plan is not on sale.", resource: planUri(plan.slug) });
}

/** Throws `ineligible_state` while the actor has the plan, a subscription to it, or a checkout of it that may be paid. */
export function assertNoPlan(slug: string, { held, running, openSame }: PlanObstacles): void {
  if (held.length > 0) throw inTheWay(`The plan ${slug} is active already.`);
  const [open] = openSame;
  if (open?.status === "completed") {
    throw inTheWay(`The payment of checkout ${open.id} of the same plan is on its way.`, open.id);
  }
  const [subscription] = running;
  if (subscription) {
    const { status, boughtAs } = subscription;
    const which =
      boughtAs === slug
        ? `A subscription to the plan ${slug}`
        : `A subscription that was bought as the plan ${boughtAs} was changed to ${slug} at the payment provider. It`;
    throw inTheWay(
      `${which} is ${status.replace("_", " ")} and not over. The buyer can resume or end it from their account page.`,
    );
  }
  if (open) {
    throw inTheWay(
      `The checkout ${open.id} of the same plan can still be paid. Use its link, or expire it first.`,
      open.id,
    );
  }
}

function inTheWay(detail: string, checkoutIntentId?: string): Problem {
  const resource = checkoutIntentId ? `commerce://checkouts/${checkoutIntentId}` : "commerce://checkouts";
  return new Problem("ineligible_state", { detail, resource });
}

/** The lines as the checkout keeps them and as Stripe takes them: the plan every month, the setup once. */
export function planLines({ plan, price, setup }: SoldPlan): Pick<CheckoutTerms, "lines" | "request"> {
  const named = [
    { role: "primary" as const, price, name: plan.name, interval: "month" as const },
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
      line_items: named.map(({ price, name, interval }) => lineItem(price, name, interval)),
    },
  };
}
