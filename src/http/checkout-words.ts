import type { IntentRow } from "../db/checkouts.ts";

/** How a page speaks of a checkout. */
export interface Outcome {
  readonly title: string;
  readonly words: string;
  readonly waiting: boolean;
}

/** What the buyer is told, by what we know: never more than Stripe has told us. */
export function outcomeOf(intent: IntentRow): Outcome {
  switch (intent.status) {
    case "paid":
      if (intent.planSlug)
        return { title: "Thank you, your plan is active", words: "Your payment arrived.", waiting: false };
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
        words: "Nothing was charged and no access was given. You can ask for a new payment link.",
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
      return { title: "This payment was refunded", words: "The money is on its way back to you.", waiting: false };
    case "disputed":
      return { title: "This payment is disputed", words: "Your bank is looking into it.", waiting: false };
  }
}

/** Why a redirect link leads nowhere; it says no more than whoever holds the link may know. */
export function whyNotPayable(intent: IntentRow): { title: string; words: string } {
  switch (intent.status) {
    case "paid":
    case "completed":
    case "refunded":
    case "disputed":
      return { title: "This is paid already", words: "There is nothing left to pay here." };
    case "created":
    case "blocked":
      return {
        title: "This link is not ready",
        words: "The payment page could not be opened yet. Ask whoever gave you the link to try again.",
      };
    default:
      return { title: "This payment link has ended", words: "Nothing was charged. Ask for a new link to buy." };
  }
}
