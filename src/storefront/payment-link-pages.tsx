import { isOpen, paymentPageOf } from "../commerce/checkout/hosted-checkout.ts";
import type { IntentRow } from "../db/checkouts.ts";
import { seeOtherWithoutReferrer } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { findLinked, linkPage, unknownLink } from "./buyer-link.tsx";
import { LOOKING_INTO_IT, PAY_FROM_ACCOUNT } from "./checkout-words.ts";

/** The payment link: redirects to Stripe while the checkout is open, else says why it can't be paid. Changes nothing. */
export async function serveRedirect(token: string, site: Site): Promise<Response> {
  const found = await findLinked(token, "redirect", site);
  if (!found) return unknownLink(site);
  const { intent } = found;
  const { ctx } = site;
  const location = await paymentPageOf(intent, ctx);
  if (location) return seeOtherWithoutReferrer(ctx.publicUrl, location);
  const { title, words } = whyNotPayable(intent);
  return linkPage(found, site, { title, status: 410, content: <p>{words}</p> });
}

/** Where Stripe sends a buyer who leaves the payment page. Changes nothing: the checkout can still be paid. */
export async function serveCancel(token: string, site: Site): Promise<Response> {
  const found = await findLinked(token, "cancel", site);
  if (!found) return unknownLink(site);
  const { intent } = found;
  const { title, words } = isOpen(intent, site.ctx.clock.now()) ? LEFT : whyNotPayable(intent);
  return linkPage(found, site, { title, content: <p>{words}</p> });
}

/** Why a payment link can't be paid. It tells no more than the holder of the link may know. */
function whyNotPayable(intent: IntentRow): { readonly title: string; readonly words: string } {
  switch (intent.status) {
    case "completed":
      return { title: "This payment is on its way", words: "It is not confirmed yet. Do not pay again." };
    case "paid":
    case "refunded":
    case "disputed":
      return { title: "This is paid already", words: "There is nothing left to pay here." };
    case "blocked":
      // With a session known, money may have come: "try again" could make the buyer pay twice.
      return intent.stripeCheckoutSessionId === null ? NOT_READY : LOOKING_INTO_IT;
    case "created":
      return NOT_READY;
    case "open":
      // Stripe has not reported yet how the session ended, so the page claims nothing about a charge.
      return {
        title: "This payment link has run out",
        words: "If you have paid already, do not pay again: the payment will be confirmed. If not, ask for a new link.",
      };
    case "failed":
      return intent.planSlug ? { title: "The payment did not go through", words: PAY_FROM_ACCOUNT } : LINK_ENDED;
    case "expired":
    case "canceled":
      return LINK_ENDED;
  }
}

const LEFT = {
  title: "You left the payment page",
  words: "Nothing was charged. If you change your mind, your payment link still works.",
};
const LINK_ENDED = {
  title: "This payment link has ended",
  words: "Nothing was charged. Ask for a new link to buy.",
};
const NOT_READY = {
  title: "This link is not ready",
  words: "The payment page could not be opened yet. Ask for it again where you got the link.",
};
