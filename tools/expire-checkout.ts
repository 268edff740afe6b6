import * as z from "zod";
import * as fields from "../src/base/fields.ts";
import { Problem } from "../src/base/problem.ts";
import { nextVersion } from "../src/base/time.ts";
import { expireCheckoutContract } from "../src/commerce/checkout/contracts.ts";
import { expiryText, settleExpiry } from "../src/commerce/checkout/expiry.ts";
import { isOpen } from "../src/commerce/checkout/hosted-checkout.ts";
import { assertModeOpen } from "../src/commerce/checkout/open-mode.ts";
import { orderText } from "../src/commerce/checkout/order-text.ts";
import { checkoutUri, requireOwnCheckout } from "../src/commerce/checkout/own-checkout.ts";
import { moneyLines } from "../src/commerce/money-lines.ts";
import { CHECKOUT_WORDS } from "../src/commerce/words.ts";
import { factsOf, intentById, pricedLinesOf, updateIntent } from "../src/db/checkouts.ts";
import { closedModes } from "../src/db/closed-modes.ts";
import { CHECKOUT_STATUSES } from "../src/db/schema/vocabulary.ts";
import { defineConfirmedWrite } from "../src/kernel/confirmed-write.ts";
import { endSession } from "../src/stripe/end-session.ts";
import { logRefusal } from "../src/stripe/note-refusal.ts";

/** Ends an open checkout of the actor's: its link can no longer be paid. Refunds nothing. */
export const expireCheckout = defineConfirmedWrite({
  name: expireCheckoutContract.write,
  contract: expireCheckoutContract,
  title: "Expire checkout",
  description:
    "End one of your open checkouts before it is paid. Read commerce://checkouts/{checkoutIntentId} first: it has expireConfirmationText and updatedAt. Refunds nothing: a payment that came first stays.",
  scope: "checkout:write",
  risk: "ends",
  route: `POST ${expireCheckoutContract.route}`,
  input: z.object({ checkoutIntentId: fields.checkoutIntentId }),
  output: z.object({
    checkoutIntentId: z.string(),
    status: z.enum(CHECKOUT_STATUSES),
    updatedAt: fields.updatedAt,
  }),

  load: ({ input, ctx }) => ({
    intent: intentById(ctx, input.checkoutIntentId),
    lines: pricedLinesOf(ctx, input.checkoutIntentId),
    closed: closedModes(ctx),
    facts: factsOf(ctx, input.checkoutIntentId),
  }),

  subject({ loaded, actor }) {
    const intent = requireOwnCheckout(loaded.intent[0], actor);
    return { id: intent.id, updatedAt: intent.updatedAt, intent };
  },
  subjectResource: ({ id }) => checkoutUri(id),

  confirmation: ({ subject, loaded, business }) => expiryText(business, subject.intent, loaded.lines),

  mode: ({ subject: { intent } }) => intent.stripeMode,

  questionLines: ({ subject: { intent }, loaded }) => [
    {
      label: "Order",
      value: orderText(
        loaded.lines.map(({ line }) => line),
        intent.createdAt,
      ),
    },
    ...moneyLines("Amount", intent),
    { label: "Now", value: CHECKOUT_WORDS[intent.status] },
    { label: "Then", value: `${CHECKOUT_WORDS.canceled}; its link leads nowhere, and nothing is refunded` },
  ],

  eligible({ subject, loaded, ctx }) {
    const { intent, id } = subject;
    if (!isOpen(intent, ctx.clock.now()) || intent.stripeCheckoutSessionId === null) {
      throw new Problem("ineligible_state", {
        detail: `Only a checkout that is open can be ended. Read ${checkoutUri(id)} for how it stands.`,
        resource: checkoutUri(id),
      });
    }
    assertModeOpen(intent.stripeMode, loaded.closed, ctx);
  },

  async plan({ subject, loaded, operation, ctx }) {
    const updatedAt = nextVersion(subject.updatedAt, operation.now);
    return {
      // The claim raises the version: of several calls that quote one version, one reaches Stripe.
      writes: updateIntent(ctx, subject.intent, { updatedAt }, "stale_state"),
      audit: [],
      pending: { intent: { ...subject.intent, updatedAt }, facts: loaded.facts },
    };
  },

  effect: {
    resume: ({ loaded }) => loaded.intent[0] && { intent: loaded.intent[0], facts: loaded.facts },
    async act({ pending: { intent }, operation, ctx }) {
      if (intent.stripeCheckoutSessionId === null) throw new Error("an open checkout has a session");
      const { stripeCheckoutSessionId: sessionId, stripeMode, actorId } = intent;
      const outcome = await endSession({ sessionId, stripeMode, actorId, operation }, ctx);
      if (outcome.kind === "refused") logRefusal(ctx.log, outcome.refusal, operation.id);
      return outcome;
    },
    settle: async ({ pending, outcome, operation, ctx }) => settleExpiry(pending, outcome, operation, ctx),
  },
});
