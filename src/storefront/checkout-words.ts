import { type Service, whatHappensNow } from "../commerce/delivery/what-happens-now.ts";
import { PAY_FROM_ACCOUNT } from "../commerce/words.ts";
import type { IntentRow } from "../db/checkouts.ts";

/** The title and the text of a page about a checkout. `waiting`: Stripe has not reported its payment yet. */
interface Outcome {
  readonly title: string;
  readonly words: string;
  readonly waiting?: true;
}

/** For a checkout whose payment the owner has to check. */
export const LOOKING_INTO_IT: Outcome = {
  title: "We are looking into this payment",
  words: "A person has to check it. You do not need to pay again.",
};

/** The text for the buyer of an order; it says no more than Stripe has reported. */
export function outcomeOf(intent: IntentRow, service: Omit<Service, "intent">): Outcome {
  switch (intent.status) {
    case "paid":
      if (intent.planSlug && !service.isTest) return outcomeOfPlan(service.plan[0]);
      return {
        title: "Thank you, it is paid",
        words: `Your payment arrived. ${whatHappensNow({ ...service, intent })}`,
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
          "Your order is complete. Your way of paying takes a while to confirm; what you bought follows when the money has arrived.",
        waiting: true,
      };
    case "failed":
      return {
        title: "The payment did not go through",
        words: intent.planSlug
          ? `Nothing was charged and the plan was not started. ${PAY_FROM_ACCOUNT}`
          : "Nothing was charged and no access was given. You can ask for a new payment link.",
      };
    case "expired":
    case "canceled":
      return { title: "This checkout has ended", words: "It ended before it was paid. Nothing was charged." };
    case "blocked":
      return LOOKING_INTO_IT;
    case "refunded":
      return {
        title: "This payment was refunded",
        words: intent.planSlug
          ? "The money is on its way back to you. Your account page shows whether the subscription goes on."
          : "The money is on its way back to you.",
      };
    case "disputed":
      // The status covers an open dispute and a lost one, so the text names no outcome.
      return {
        title: "This payment is disputed",
        words: "The bank was asked to take it back. Your account page shows what this order gives you now.",
      };
  }
}

/** A plan can pause or end after its payment: the page shows the current state. */
function outcomeOfPlan(plan: { readonly status: "active" | "inactive" } | undefined): Outcome {
  if (plan?.status === "active") return { title: "Thank you, your plan is active", words: "Your payment arrived." };
  return {
    title: "This plan is not active now",
    words: "It was paid with this order, and has been paused or has ended since. Your account page shows its state.",
  };
}
