import { Hono } from "hono";
import { z } from "zod";
import { decideAndCommit } from "./change.ts";
import { bodyOf, type SandboxVariables } from "./control-door.ts";
import { periodBegun, periodEnded, unpaidTriedAgain } from "./renewals.ts";
import { letGoOn } from "./resuming.ts";
import type { Sandbox } from "./sandbox.ts";
import { canceled, subscriptionPaused, subscriptionUpdated } from "./subscription-changes.ts";
import {
  CARDS,
  type Card,
  changedSubscription,
  type StoredSubscription,
  type SubscriptionOutcome,
  subscriptions,
} from "./subscriptions.ts";

/**
 * What can be made to happen to a subscription, without the clock:
 *
 * | action                 | what happens                                                                                |
 * |------------------------|---------------------------------------------------------------------------------------------|
 * | `renew`                | the period ends; the next one is paid. One that was to be canceled then is canceled         |
 * | `begin_period`         | the period ends; the invoice of the next one is a draft for an hour, and `pay` collects it  |
 * | `fail_payment`         | the open invoice is tried and declined; without one, the period ends and its renewal is     |
 * | `require_action`       | the same, and the bank wants to see the buyer                                               |
 * | `pay`                  | the open invoice is paid                                                                    |
 * | `pause`                | the subscription is paused                                                                  |
 * | `pause_collection`     | it goes on, and its invoices are void                                                       |
 * | `resume`               | whatever holds it back is gone: a pause, paused collection, a cancellation to come          |
 * | `cancel_at_period_end` | it will be canceled when its period ends                                                    |
 * | `cancel_now`           | it is canceled                                                                              |
 * | `set_card`             | nothing yet; `card` is what the card does when time brings a renewal or a retry             |
 */
export const subscriptionRequest = z.discriminatedUnion("action", [
  z.strictObject({
    action: z.enum([
      "renew",
      "begin_period",
      "fail_payment",
      "require_action",
      "pay",
      "pause",
      "pause_collection",
      "resume",
      "cancel_at_period_end",
      "cancel_now",
    ]),
  }),
  z.strictObject({ action: z.literal("set_card"), card: z.enum(CARDS) }),
]);

/** What a test asks to happen to a subscription. */
export type SubscriptionRequest = z.input<typeof subscriptionRequest>;

/** `/_sandbox/subscriptions`. */
export const subscriptionControl = new Hono<SandboxVariables>();

subscriptionControl.get("/", async (c) => {
  const all = await subscriptions.all(c.var.sandbox);
  return c.json(all.map(({ body }) => body));
});

subscriptionControl.post("/:id", async (c) => {
  const asked = await bodyOf(c, subscriptionRequest);
  const id = c.req.param("id");
  const sandbox = await subscriptions.modeOf(c.var.sandbox, id);
  const { subscription } = await decideAndCommit(sandbox, async () =>
    happened(sandbox, await subscriptions.require(sandbox, id, "id"), asked),
  );
  return c.json(subscription);
});

function happened(
  sandbox: Sandbox,
  stored: StoredSubscription,
  asked: SubscriptionRequest,
): SubscriptionOutcome | Promise<SubscriptionOutcome> {
  switch (asked.action) {
    case "renew":
      return periodEnded(sandbox, stored, "good");
    case "begin_period":
      return periodBegun(sandbox, stored);
    case "fail_payment":
      return triedInVain(sandbox, stored, "declines");
    case "require_action":
      return triedInVain(sandbox, stored, "needs_action");
    case "pay":
      return unpaidTriedAgain(sandbox, stored, "good");
    case "pause":
      return subscriptionPaused(sandbox, stored);
    case "pause_collection":
      return subscriptionUpdated(sandbox, stored, { pause_collection: { behavior: "void" } });
    case "resume":
      return letGoOn(sandbox, stored);
    case "cancel_at_period_end":
      return subscriptionUpdated(sandbox, stored, { cancel_at_period_end: true });
    case "cancel_now":
      return canceled(sandbox, stored, "cancellation_requested");
    case "set_card":
      return changedSubscription(sandbox, stored, stored.body, [], { ...stored.hidden, card: asked.card });
  }
}

function triedInVain(sandbox: Sandbox, stored: StoredSubscription, card: Card): Promise<SubscriptionOutcome> {
  return stored.hidden.unpaid === null ? periodEnded(sandbox, stored, card) : unpaidTriedAgain(sandbox, stored, card);
}
