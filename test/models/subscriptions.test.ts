import fc from "fast-check";
import { expect, test } from "vitest";
import type { SubscriptionRequest } from "../../src/dev/stripe-sandbox/client.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type OpenPlan, openPlan, planDoors, planOf, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { beginAnew } from "./begin-anew.ts";
import { follow, type Step } from "./follow.ts";
import { scheduleAsks, stripeTells } from "./told.ts";

/** A subscription: its plan is there exactly while it is active. */
interface Subscription {
  status: "active" | "past_due" | "paused" | "canceled";
  endsWithPeriod: boolean;
  /** Attempts to collect the open invoice. */
  attempts: number;
}
interface Plan {
  readonly plan: OpenPlan;
  readonly subscription: string;
  told: boolean;
}

/** After so many failed attempts Stripe gives up. */
const ATTEMPTS = 4;

describeInWorld("subscriptions, beside a model", {}, (world) => {
  type Do = Step<Subscription, Plan>;

  /** Something at Stripe, a minute after the last thing, which is not known here until it is told. */
  const doing = (
    action: SubscriptionRequest["action"],
    may: (model: Subscription) => boolean,
    becomes: (model: Subscription) => void,
  ): Do => ({
    name: action,
    may,
    async run(model, real) {
      await world.advance(60);
      await world.sandbox.subscription(real.subscription, { action } as SubscriptionRequest);
      becomes(model);
      real.told = false;
    },
  });
  const periodEnds = (model: Subscription, paid: boolean) => {
    if (model.endsWithPeriod) model.status = "canceled";
    else if (!paid) {
      model.status = "past_due";
      model.attempts = 1;
    }
  };
  const isActive = ({ status }: Subscription) => status === "active";
  const actions: readonly Do[] = [
    doing("renew", isActive, (model) => periodEnds(model, true)),
    doing("fail_payment", isActive, (model) => periodEnds(model, false)),
    {
      ...doing(
        "fail_payment",
        ({ status }) => status === "past_due",
        (model) => {
          model.attempts += 1;
          if (model.attempts >= ATTEMPTS) model.status = "canceled";
        },
      ),
      name: "fail_payment again",
    },
    doing(
      "pay",
      ({ status }) => status === "past_due",
      (model) => {
        model.status = "active";
        model.attempts = 0;
      },
    ),
    doing(
      "pause",
      (model) => isActive(model) && !model.endsWithPeriod,
      (model) => {
        model.status = "paused";
      },
    ),
    {
      ...doing(
        "resume",
        ({ status }) => status === "paused",
        (model) => {
          model.status = "active";
        },
      ),
      name: "resume a pause",
    },
    doing("cancel_at_period_end", isActive, (model) => {
      model.endsWithPeriod = true;
    }),
    {
      ...doing(
        "resume",
        (model) => isActive(model) && model.endsWithPeriod,
        (model) => {
          model.endsWithPeriod = false;
        },
      ),
      name: "resume a plan that was to end",
    },
  ];
  const canceling = doing(
    "cancel_now",
    ({ status }) => status !== "canceled",
    (model) => {
      model.status = "canceled";
    },
  );
  const telling = stripeTells(world);
  const asking = scheduleAsks(world, ({ plan }: Plan) => plan.checkoutIntentId);

  test("every life of a subscription goes as the model says", async (context) => {
    await follow<Subscription, Plan>(context, {
      subject: "subscriptions",
      lives: { ci: 6, part: 30 },
      steps: 24,
      async begin() {
        await beginAnew(world);
        await withoutPlans(world);
        const plan = await openPlan(world, (await planDoors(world)).http, { setup: true });
        await world.sandbox.pay(plan.sessionId, "paid");
        await world.deliver();
        return {
          model: { status: "active", endsWithPeriod: false, attempts: 0 },
          real: { plan, subscription: await subscriptionOf(world, plan), told: true },
        };
      },
      can: [
        fc.constantFrom(...actions),
        fc.constantFrom(...actions),
        telling,
        fc.constantFrom(asking, canceling, asking),
      ],
      async look({ status }, { plan, told }) {
        if (!told) return;
        const [row] = await world.all(
          "SELECT status FROM billing_subscriptions WHERE checkout_intent_id = ?",
          plan.checkoutIntentId,
        );
        expect([row?.status, (await planOf(world, plan))?.status]).toEqual([
          status,
          status === "active" ? "active" : "inactive",
        ]);
      },
    });
  }, 3_600_000);
});
