import * as z from "zod";
import * as fields from "../src/base/fields.ts";
import { invalidInput, notFound, Problem } from "../src/base/problem.ts";
import { isoTime, nextVersion } from "../src/base/time.ts";
import { decisionContract } from "../src/commerce/checkout/decision-contract.ts";
import { followUps } from "../src/commerce/checkout/follow-up.ts";
import { orderText } from "../src/commerce/checkout/order-text.ts";
import { checkoutUri, requireOwnCheckout } from "../src/commerce/checkout/own-checkout.ts";
import { answersTo, presentationOf } from "../src/commerce/checkout/post-purchase.ts";
import { sellsOffer } from "../src/commerce/modes.ts";
import { moneyLines } from "../src/commerce/money-lines.ts";
import { shownMoneyOf } from "../src/commerce/tax.ts";
import { DECISION_WORDS } from "../src/commerce/words.ts";
import { intentById, linesOf, updateIntent } from "../src/db/checkouts.ts";
import { decisionToInsert, postPurchaseQueries } from "../src/db/decisions.ts";
import { ACTOR_KINDS, CHECKOUT_STATUSES, DECISION_KINDS } from "../src/db/schema/vocabulary.ts";
import { defineConfirmedWrite, madeUnderSeal } from "../src/kernel/confirmed-write.ts";

/** Stores the buyer's answer to an upsell or downsell. Moves no money and grants nothing. */
export const recordPostPurchaseDecision = defineConfirmedWrite({
  name: decisionContract.write,
  contract: decisionContract,
  title: "Record post-purchase decision",
  description:
    "Record the buyer's answer to the upsell or downsell of a paid checkout. Charges and grants nothing. Read commerce://checkouts/{checkoutIntentId} first: presentedOffer is the one that waits for an answer, with its decisionKinds and the exact text.",
  scope: "checkout:write",
  risk: "records",
  part: "upsells",
  route: `POST ${decisionContract.route}`,
  input: z.object({
    checkoutIntentId: fields.checkoutIntentId,
    decisionKind: z.enum(DECISION_KINDS).describe("The buyer's answer"),
    presentedOfferId: fields.presentedOfferId,
  }),
  output: z.object({
    decisionId: z.string(),
    checkoutIntentId: z.string(),
    offerStackId: z.string(),
    presentedOfferId: z.string(),
    decisionKind: z.enum(DECISION_KINDS),
    checkoutStatus: z.enum(CHECKOUT_STATUSES),
    checkoutUpdatedAt: z.string().describe("The version of the checkout that was answered"),
    actorKind: z.enum(ACTOR_KINDS),
    createdAt: z.string(),
    updatedAt: z.string().describe("The checkout's new version: quote it as expectedUpdatedAt"),
    billingMutationCreated: z.literal(false),
  }),

  load: ({ input, ctx }) => ({
    intent: intentById(ctx, input.checkoutIntentId),
    lines: linesOf(ctx, input.checkoutIntentId),
    ...postPurchaseQueries(ctx, input.checkoutIntentId),
  }),

  subject({ input, loaded, actor }) {
    const intent = requireOwnCheckout(loaded.intent[0], actor);
    const { id, updatedAt } = intent;
    const presented = loaded.presented.find(({ offer }) => offer.publicOfferId === input.presentedOfferId);
    if (sellsOffer(intent) && !presented) throw notFound("presentedOfferId");
    if (presented && !answersTo(presented.offer.role).some((answer) => answer.decisionKind === input.decisionKind)) {
      throw invalidInput("decisionKind", `is no answer to an offer of the role ${presented.offer.role}`);
    }
    return { id, updatedAt, intent };
  },
  subjectResource: ({ id }) => checkoutUri(id),

  confirmation: ({ business }) => decisionContract.confirmation(business),

  mode: ({ subject: { intent } }) => intent.stripeMode,

  questionLines: ({ input, subject, loaded, business }) => {
    const shown = loaded.presented.find(({ offer }) => offer.publicOfferId === input.presentedOfferId);
    return [
      { label: "Order", value: orderText(loaded.lines, subject.intent.createdAt) },
      { label: "Offer", value: shown?.offer.name ?? input.presentedOfferId },
      ...(shown ? moneyLines("Its price", shownMoneyOf(business, shown.price)) : []),
      { label: "Now", value: "not answered" },
      { label: "Then", value: `answered for good, and nothing is charged: ${DECISION_WORDS[input.decisionKind]}` },
    ];
  },

  eligible({ input, subject, loaded, ctx }) {
    const presentation = presentationOf(subject.intent, loaded, ctx.clock.now());
    const waiting = presentation.kind === "waiting" ? presentation.offer.offer.publicOfferId : undefined;
    if (waiting === input.presentedOfferId) return;
    const detail =
      presentation.kind === "closed"
        ? CLOSED[presentation.because]
        : `The offer that waits for an answer is ${waiting}.`;
    throw new Problem("ineligible_state", { detail, resource: checkoutUri(subject.id) });
  },

  async plan({ input, subject, loaded, operation, ctx }) {
    const { intent } = subject;
    const offerStackId = loaded.presented[0]?.stack.id;
    if (offerStackId === undefined) throw new Error("a decision without a stack passed the checks");
    const decision = {
      id: ctx.ids.next("post-purchase-decision"),
      checkoutIntentId: intent.id,
      offerStackId,
      presentedOfferId: input.presentedOfferId,
      decisionKind: input.decisionKind,
      checkoutStatus: intent.status,
      checkoutUpdatedAt: intent.updatedAt,
      actorKind: operation.actor.kind,
      createdAt: operation.now,
    };
    const updatedAt = nextVersion(intent.updatedAt, operation.now);
    const { id: decisionId, ...shown } = decision;
    const { insert, rowSha256 } = await decisionToInsert(ctx, {
      ...decision,
      ...madeUnderSeal(operation, ctx),
      auditCorrelationId: operation.auditCorrelationId,
    });
    return {
      writes: [...updateIntent(ctx, intent, { updatedAt }, "stale_state"), insert, ...followUps(ctx, decision)],
      audit: [
        {
          eventKind: "post_purchase_non_billing_decision_recorded",
          subjectId: decisionId,
          subjectStatus: decision.decisionKind,
          checkoutIntentId: intent.id,
          summary: "The buyer's answer to an offer was recorded. Nothing was charged.",
          rowSha256,
        },
      ],
      result: {
        decisionId,
        ...shown,
        checkoutUpdatedAt: isoTime(decision.checkoutUpdatedAt),
        createdAt: isoTime(decision.createdAt),
        updatedAt: isoTime(updatedAt),
        billingMutationCreated: false as const,
      },
    };
  },
});

const CLOSED = {
  other_kind: "Only the checkout of an offer has offers to answer.",
  not_paid: `The checkout has to be ${decisionContract.eligibleStatuses.join(" or ")}.`,
  window_over: "The time in which the offers could be answered is over.",
  all_answered: "Every offer that was open to this checkout has its answer.",
} as const;
