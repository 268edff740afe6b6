import * as z from "zod";
import * as fields from "../src/base/fields.ts";
import { moneyText } from "../src/base/money.ts";
import { notFound } from "../src/base/problem.ts";
import { claimCheckout } from "../src/commerce/checkout/claim-checkout.ts";
import { startedCheckout } from "../src/commerce/checkout/hosted-checkout.ts";
import { hostedCheckoutEffect } from "../src/commerce/checkout/hosted-checkout-effect.ts";
import { assertMayOpenCheckout } from "../src/commerce/checkout/open-checkouts.ts";
import { assertModeOpen } from "../src/commerce/checkout/open-mode.ts";
import { orderedAlready, toldOrders } from "../src/commerce/checkout/order-text.ts";
import { planText, totalCents } from "../src/commerce/confirmation-texts.ts";
import { intervalOf } from "../src/commerce/interval.ts";
import { moneyLines } from "../src/commerce/money-lines.ts";
import { planCheckoutContract } from "../src/commerce/plans/contract.ts";
import { assertNoObstacle, planObstacle, plansText } from "../src/commerce/plans/obstacles.ts";
import { assertOnSale, planLines, planMode, planUri, soldPlan } from "../src/commerce/plans/plans.ts";
import { PUBLIC_LISTS } from "../src/commerce/public-lists.ts";
import { type Tax, taxOf } from "../src/commerce/tax.ts";
import { intentByKey } from "../src/db/checkouts.ts";
import { closedModes } from "../src/db/closed-modes.ts";
import { earlierOrders } from "../src/db/earlier-orders.ts";
import { openCheckouts } from "../src/db/open-checkouts.ts";
import { guardNoPlan, plansUnderWay } from "../src/db/plan-obstacles.ts";
import { guardPlanUnchanged, planBySlug, planVersion, type SoldPlan } from "../src/db/plans.ts";
import { defineConfirmedWrite } from "../src/kernel/confirmed-write.ts";

/** What is due on the payment page, what comes with each period, and what tax does to both. */
function planMoney({ price, setup, tax }: { price: SoldPlan["price"]; setup: SoldPlan["setup"]; tax: Tax }) {
  const { currency, unitAmountCents } = price;
  const due = { amountCents: totalCents(price, setup ? [setup] : []), currency, taxBehavior: tax };
  const [dueNow, taxLine] = moneyLines("Due now", due);
  const [later] = moneyLines(`Then every ${intervalOf(price)}`, { ...due, amountCents: unitAmountCents });
  return [dueNow, later, taxLine];
}

/**
 * Starts a hosted checkout for a subscription plan, with or without its one-time setup.
 * Charges nothing: the buyer decides on Stripe's page.
 */
export const startPlanCheckout = defineConfirmedWrite({
  name: planCheckoutContract.write,
  contract: planCheckoutContract,
  title: "Start plan checkout",
  description:
    "Create a hosted checkout for a plan and get a link for the buyer. Read commerce://plans/{slug} first: it has the price, the exact confirmationText and updatedAt.",
  scope: "checkout:write",
  risk: "records",
  part: "plans",
  route: `POST ${planCheckoutContract.route}`,
  input: z.object({
    planSlug: fields.planSlug,
    includeSetup: z.boolean().describe("Add the plan's one-time setup; the text changes with it").optional(),
  }),
  output: startedCheckout,

  load: ({ input, actor, idempotencyKey, ctx }) => ({
    plan: planBySlug(ctx, input.planSlug),
    ...plansUnderWay(ctx, actor.id),
    intent: intentByKey(ctx, actor.id, idempotencyKey),
    closed: closedModes(ctx),
    open: openCheckouts(ctx, actor.id),
    ...earlierOrders(ctx, actor.id, { planSlug: input.planSlug }),
  }),

  subject({ input, loaded, business }) {
    const [plan] = loaded.plan;
    if (!plan) throw notFound("planSlug", PUBLIC_LISTS.plans);
    const sold = soldPlan(plan, input.includeSetup === true, business);
    return {
      id: plan.plan.slug,
      updatedAt: planVersion(plan, business.updatedAt),
      ...sold,
      tax: taxOf(business, sold.setup ? [sold.price, sold.setup] : [sold.price]),
    };
  },
  subjectResource: ({ id }) => planUri(id),

  confirmation: ({ subject, business }) => planText(business, subject.price, subject.setup),

  mode: ({ subject, ctx }) => planMode(subject.plan, ctx),

  questionLines: ({ subject: { plan, price, setup, tax }, loaded }) => [
    {
      label: "Plan",
      value: `${moneyText(price.unitAmountCents, price.currency)} every ${intervalOf(price)} for ${plan.name}`,
    },
    ...(setup
      ? [
          {
            label: "Setup",
            value: `${moneyText(setup.unitAmountCents, setup.currency)} once for ${setup.nickname}`,
          },
        ]
      : []),
    ...planMoney({ price, setup, tax }),
    { label: "Your plans now", value: plansText(loaded) },
    ...orderedAlready(toldOrders(loaded)),
    {
      label: "Then",
      value: `your assistant has a link to pay; once paid there, the plan starts and is charged every ${intervalOf(price)} until you end it`,
    },
  ],

  /** What is due now: the first period, with the setup. */
  spends: ({ subject: { price, setup } }) => ({
    amountCents: totalCents(price, setup ? [setup] : []),
    currency: price.currency,
  }),

  eligible({ subject, loaded, business, ctx }) {
    assertModeOpen(planMode(subject.plan, ctx), loaded.closed, ctx);
    assertOnSale(subject);
    assertNoObstacle(planObstacle(subject.plan, loaded, business, ctx.publicUrl));
    assertMayOpenCheckout(loaded.open, ctx);
  },

  async plan({ subject, loaded, business, operation, actor, ctx }) {
    const setups = subject.setup ? [subject.setup] : [];
    const stripeMode = planMode(subject.plan, ctx);
    const claim = await claimCheckout(
      {
        kind: planCheckoutContract.checkoutKind,
        stripeMode,
        currency: subject.price.currency,
        amountCents: totalCents(subject.price, setups),
        tax: subject.tax,
        ...planLines(subject, stripeMode),
        offerId: null,
        offerStackId: null,
        planSlug: subject.id,
        click: undefined,
      },
      operation,
      toldOrders(loaded).map(({ id }) => id),
      ctx,
    );
    const guards = [guardPlanUnchanged(ctx, subject, business), guardNoPlan(ctx, actor.id, subject.id)];
    return { ...claim, writes: [...guards, ...claim.writes] };
  },

  effect: hostedCheckoutEffect,
});
