import type { IntentRow } from "../db/checkouts.ts";

/** How a page speaks of a checkout. */
export interface Outcome {
  readonly title: string;
  readonly words: string;
  readonly waiting: boolean;
}

/**
 * What the buyer is told, by what we know: never more than Stripe has told us. `plan` is what a plan's payment gave, left
 * out where it gives nothing here.
 */
export function outcomeOf(intent: IntentRow, plan?: { readonly status: "active" | "inactive" }): Outcome {
  switch (intent.status) {
    case "paid":
      if (intent.planSlug) return outcomeOfPlan(plan);
      return {
        title: "Thank you, it is paid",
        words: "Your payment arrived and your access is ready.",
        waiting: false,
      };
    case "created":
    case "open":
      return {
        title: "Your payment is on its way",
        words: "We are waiting for the payment provider to confirm it.",
        waiting: true,
      };
    case "completed":
      return {
        title: "Your payment is on its way",
        words:
          "Your order is complete. Your way of paying takes a while to confirm; access starts when the money has arrived.",
        waiting: true,
      };
    case "failed":
      return {
        title: "The payment did not go through",
        words: intent.planSlug
          ? `Nothing was charged and the plan was not started. ${PAY_FROM_ACCOUNT}`
          : "Nothing was charged and no access was given. You can ask for a new payment link.",
        waiting: false,
      };
    case "expired":
    case "canceled":
      return {
        title: "This checkout has ended",
        words: "It ended before it was paid. Nothing was charged.",
        waiting: false,
      };
    case "blocked":
      return {
        title: "We are looking into this payment",
        words: "Something about it needs a person to check. You do not need to pay again.",
        waiting: false,
      };
    case "refunded":
      return {
        title: "This payment was refunded",
        words: intent.planSlug
          ? "The money is on its way back to you. Your account page shows whether the subscription goes on."
          : "The money is on its way back to you.",
        waiting: false,
      };
    case "disputed":
      // It is so while the bank decides, and stays so once the money went back.
      return {
        title: "This payment is disputed",
        words: "The bank was asked to take it back. Your account page shows what this order gives you now.",
        waiting: false,
      };
  }
}

/** The first invoice of a plan stays open, and is tried again until its subscription ends: a second link would be a second plan. */
const PAY_FROM_ACCOUNT =
  "The payment provider may try again. Your account page shows how it stands, and where to change how you pay or to end it.";

const LINK_ENDED = {
  title: "This payment link has ended",
  words: "Nothing was charged. Ask for a new link to buy.",
};

const NOT_READY = {
  title: "This link is not ready",
  words: "The payment page could not be opened yet. Ask whoever gave you the link to try again.",
};

/** A plan goes on after its payment: an old page speaks of how it stands now. */
function outcomeOfPlan(plan: { readonly status: "active" | "inactive" } | undefined): Outcome {
  if (!plan) {
    return { title: "Thank you, your payment arrived", words: "It was a test and gives no plan here.", waiting: false };
  }
  if (plan.status === "active") {
    return { title: "Thank you, your plan is active", words: "Your payment arrived.", waiting: false };
  }
  return {
    title: "This plan is not active now",
    words: "It was paid with this order and has been paused or has ended since. Your account page shows how it stands.",
    waiting: false,
  };
}

/** Why a redirect link leads nowhere; it says no more than whoever holds the link may know. */
export function whyNotPayable(intent: IntentRow): { title: string; words: string } {
  switch (intent.status) {
    case "paid":
    case "completed":
    case "refunded":
    case "disputed":
      return { title: "This is paid already", words: "There is nothing left to pay here." };
    case "blocked":
      // Once a session is known, money may have come: an invitation to try again could be paid twice.
      if (intent.stripeCheckoutSessionId !== null) {
        return {
          title: "We are looking into this payment",
          words: "Something about it needs a person to check. You do not need to pay again.",
        };
      }
      return NOT_READY;
    case "created":
      return NOT_READY;
    case "open":
      // Stripe's word on how it ended has not come yet, so nothing is said of what was charged.
      return {
        title: "This payment link has run out",
        words: "If you have paid already, do not pay again: the payment will be confirmed. If not, ask for a new link.",
      };
    case "failed":
      if (intent.planSlug) return { title: "The payment did not go through", words: PAY_FROM_ACCOUNT };
      return LINK_ENDED;
    default:
      return LINK_ENDED;
  }
}
