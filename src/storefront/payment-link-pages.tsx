import { FORM_TOKEN } from "../auth/forms.ts";
import { signInPath } from "../auth/fresh-sign-in.ts";
import { isOpen, paymentPageOf } from "../commerce/checkout/hosted-checkout.ts";
import { cancelCall, cancelPath, orderPath, waysOf } from "../commerce/checkout/ways.ts";
import { ROUTES } from "../commerce/routes.ts";
import { PAY_FROM_ACCOUNT } from "../commerce/words.ts";
import { type IntentRow, pricedLinesOf } from "../db/checkouts.ts";
import { OwnWords } from "../pages/locale.tsx";
import { OrderWays } from "../pages/order-ways.tsx";
import { seeOtherWithoutReferrer } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { findLinked, type LinkedCheckout, linkPage, OrderInAccount, unknownLink } from "./buyer-link.tsx";
import { LOOKING_INTO_IT } from "./checkout-words.ts";

/** The payment link: redirects to Stripe while the checkout is open, else says why it can't be paid. Changes nothing. */
export const serveRedirect = (token: string, request: Request, site: Site): Promise<Response> =>
  toPayment(token, "redirect", request, site);

/** The way on from the cancel page, for the holder of its link: what the payment link does, and no more. */
export const serveContinue = (token: string, request: Request, site: Site): Promise<Response> =>
  toPayment(token, "cancel", request, site);

async function toPayment(token: string, kind: "redirect" | "cancel", request: Request, site: Site): Promise<Response> {
  const found = await findLinked(token, kind, site);
  if (!found) return unknownLink(site);
  const { intent } = found;
  const { ctx } = site;
  const location = await paymentPageOf(intent, ctx);
  if (location) return seeOtherWithoutReferrer(ctx.publicUrl, location);
  return notPayablePage(found, request, site, 410);
}

/**
 * Where Stripe sends a buyer who leaves the payment page. Changes nothing: the checkout can still be paid. The link proves
 * no account, so ending the order is offered to the account alone that started it.
 */
export async function serveCancel(token: string, request: Request, site: Site): Promise<Response> {
  const found = await findLinked(token, "cancel", site);
  if (!found) return unknownLink(site);
  const { intent } = found;
  return isOpen(intent, site.ctx.clock.now())
    ? leftPage(found, request, site)
    : notPayablePage(found, request, site, 200);
}

async function leftPage(found: LinkedCheckout, request: Request, site: Site): Promise<Response> {
  const { intent, business, token } = found;
  const { ctx, auth } = site;
  const person = await auth.session(request);
  const { lines } = await ctx.db.read({ lines: pricedLinesOf(ctx, intent.id) });
  const ways = waysOf(intent, ctx);
  const isTheirs = person?.userId === intent.actorId;
  const call = ways.cancel && isTheirs ? cancelCall(intent, lines, business) : undefined;
  return linkPage(found, site, {
    title: "You left the payment page",
    content: (
      <>
        <p>Nothing was charged. Your order waits, and you can still pay it:</p>
        <ul>
          {lines.map(({ line }) => (
            <li>
              <OwnWords>{line.name}</OwnWords>
            </li>
          ))}
        </ul>
        <OrderWays
          pay={ways.pay ? continuePath(token) : undefined}
          cancel={
            call && {
              action: cancelPath(intent.id),
              text: call.text,
              fields: { ...call.fields, [FORM_TOKEN]: auth.forms.issue(request, person).token },
            }
          }
        />
        {!person && (
          <p>
            Did you change your mind? <a href={signInPath(orderPath(intent.id))}>Sign in to cancel this order</a>, or
            leave it: it ends by itself.
          </p>
        )}
      </>
    ),
  });
}

const continuePath = (token: string) => `${ROUTES.checkoutCancel}/${encodeURIComponent(token)}/pay`;

/** Why there is nothing to pay under a link, and the way on. */
async function notPayablePage(
  found: LinkedCheckout,
  request: Request,
  site: Site,
  status: 200 | 410,
): Promise<Response> {
  const { intent } = found;
  const person = await site.auth.session(request);
  const { title, words } = whyNotPayable(intent);
  return linkPage(found, site, {
    title,
    status,
    content: (
      <>
        <p>{words}</p>
        <OrderWays again={waysOf(intent, site.ctx).again} />
        <OrderInAccount intent={intent} person={person} />
      </>
    ),
  });
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
        words:
          "If you have paid already, do not pay again: the payment will be confirmed. If not, start again in the shop.",
      };
    case "failed":
      return intent.planSlug ? { title: "The payment did not go through", words: PAY_FROM_ACCOUNT } : LINK_ENDED;
    case "expired":
    case "canceled":
      return LINK_ENDED;
  }
}

const LINK_ENDED = {
  title: "This payment link has ended",
  words: "Nothing was charged. Start again to buy.",
};
const NOT_READY = {
  title: "This link is not ready",
  words: "The payment page is still being prepared. Open the link again in a minute.",
};
