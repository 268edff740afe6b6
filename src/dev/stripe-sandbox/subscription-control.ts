import { Hono } from "hono";
import { z } from "zod";
import { decideAndCommit } from "./change.ts";
import { bodyOf, type SandboxVariables } from "./control-door.ts";
import { newLineItem, type WireLineItem } from "./line-items.ts";
import { periodBegun, periodEnded, unpaidCollectedAgain } from "./renewals.ts";
import { reactivated } from "./resuming.ts";
import type { Sandbox } from "./sandbox.ts";
import { inlinePrice } from "./session-lines.ts";
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
 * The actions on a subscription; none of them moves the clock:
 *
 * | action                 | what happens                                                                                |
 * |------------------------|---------------------------------------------------------------------------------------------|
 * | `renew`                | the period ends and the next one is paid; a cancellation at its end is carried out          |
 * | `begin_period`         | the period ends; the invoice of the next one is a draft for an hour, and `pay` collects it  |
 * | `fail_payment`         | the open invoice is declined; without one, the period ends and its renewal is declined      |
 * | `require_action`       | the same, and the bank wants the buyer to confirm                                           |
 * | `pay`                  | the open invoice is paid                                                                    |
 * | `pause`                | the subscription is paused                                                                  |
 * | `pause_collection`     | the subscription stays active, and its invoices are void                                    |
 * | `resume`               | a pause, paused collection and a scheduled cancellation are removed                         |
 * | `cancel_at_period_end` | a cancellation is scheduled for the end of the period                                       |
 * | `cancel_now`           | it is canceled                                                                              |
 * | `add_items`            | nothing at once; the next invoice has `count` one-time items of `amount` before its plan's line |
 * | `set_card`             | nothing at once; `card` decides the renewals and retries that fall due by the clock         |
 */
const subscriptionRequest = z.discriminatedUnion("action", [
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
  z.strictObject({ action: z.literal("add_items"), count: z.int().min(1).max(250), amount: z.int().min(0) }),
  z.strictObject({ action: z.literal("set_card"), card: z.enum(CARDS) }),
]);

/** An action as a client sends it. */
export type SubscriptionRequest = z.input<typeof subscriptionRequest>;

/** `/_sandbox/subscriptions`. */
export const subscriptionControl = new Hono<SandboxVariables>();

subscriptionControl.get("/", async (c) => {
  const all = await subscriptions.all(c.var.sandbox);
  return c.json(all.map(({ body }) => body));
});

subscriptionControl.post("/:id", async (c) => {
  const request = await bodyOf(c, subscriptionRequest);
  const id = c.req.param("id");
  const sandbox = await subscriptions.modeOf(c.var.sandbox, id);
  const { subscription } = await decideAndCommit(sandbox, async () =>
    applyAction(sandbox, await subscriptions.require(sandbox, id, "id"), request),
  );
  return c.json(subscription);
});

function applyAction(
  sandbox: Sandbox,
  stored: StoredSubscription,
  request: SubscriptionRequest,
): SubscriptionOutcome | Promise<SubscriptionOutcome> {
  switch (request.action) {
    case "renew":
      return periodEnded(sandbox, stored, "good");
    case "begin_period":
      return periodBegun(sandbox, stored);
    case "fail_payment":
      return failPayment(sandbox, stored, "declines");
    case "require_action":
      return failPayment(sandbox, stored, "needs_action");
    case "pay":
      return unpaidCollectedAgain(sandbox, stored, "good");
    case "pause":
      return subscriptionPaused(sandbox, stored);
    case "pause_collection":
      return subscriptionUpdated(sandbox, stored, { pause_collection: { behavior: "void" } });
    case "resume":
      return reactivated(sandbox, stored);
    case "cancel_at_period_end":
      return subscriptionUpdated(sandbox, stored, { cancel_at_period_end: true });
    case "cancel_now":
      return canceled(sandbox, stored, "cancellation_requested");
    case "add_items": {
      const waiting = [...stored.hidden.waiting, ...extras(sandbox, stored.body, request)];
      return changedSubscription(sandbox, stored, stored.body, [], { ...stored.hidden, waiting });
    }
    case "set_card":
      return changedSubscription(sandbox, stored, stored.body, [], { ...stored.hidden, card: request.card });
  }
}

function failPayment(sandbox: Sandbox, stored: StoredSubscription, card: Card): Promise<SubscriptionOutcome> {
  return stored.hidden.unpaid === null
    ? periodEnded(sandbox, stored, card)
    : unpaidCollectedAgain(sandbox, stored, card);
}

function extras(
  sandbox: Sandbox,
  { currency }: StoredSubscription["body"],
  { count, amount }: { count: number; amount: number },
): WireLineItem[] {
  return Array.from({ length: count }, (_, index) =>
    newLineItem({
      price: inlinePrice(sandbox, { currency, unit_amount: amount }),
      name: `Extra ${index + 1}`,
      taxCode: null,
      quantity: 1,
      metadata: {},
    }),
  );
}
