import { FORM_TOKEN } from "../auth/forms.ts";
import { orderNumberOf } from "../base/order-number.ts";
import { refusalOf } from "../base/refusal.ts";
import { presentationOf } from "../commerce/checkout/post-purchase.ts";
import { waysOf } from "../commerce/checkout/ways.ts";
import { isTestPurchase } from "../commerce/modes.ts";
import { checkPurchase } from "../commerce/purchase/check-purchase.ts";
import { isThere, ROUTES } from "../commerce/routes.ts";
import { pricedLinesOf } from "../db/checkouts.ts";
import { postPurchaseQueries } from "../db/decisions.ts";
import { givenByOrder } from "../db/given.ts";
import { planGiven } from "../db/plans.ts";
import { wantedNow } from "../db/sold-mode.ts";
import { OrderWays } from "../pages/order-ways.tsx";
import { seeOtherWithoutReferrer } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { findLinked, linkPage, OrderInAccount, unknownLink } from "./buyer-link.tsx";
import { outcomeOf } from "./checkout-words.ts";
import { mayAskForLink, SendOrderLink } from "./order-link-request.tsx";
import { OrderTable } from "./order-table.tsx";
import { postPurchasePath } from "./post-purchase-offer.tsx";

/** Seconds before each reload of a page whose payment is on its way. After the last one the page reloads no more. */
const RELOAD_SECONDS = [2, 3, 5, 10, 20, 30, 60];

/** Where Stripe sends the buyer back to. Shows our own state, and loads again while the payment is on its way. */
export async function serveSuccess(token: string, request: Request, site: Site): Promise<Response> {
  const load = Math.trunc(Number(new URL(request.url).searchParams.get("load") ?? 0)) || 0;
  const found = await findLinked(token, "return", site);
  if (!found) return unknownLink(site);
  const { intent, business } = found;
  const { ctx } = site;
  const rows = await ctx.db.read({
    lines: pricedLinesOf(ctx, intent.id),
    plan: planGiven(ctx, intent.id),
    given: givenByOrder(ctx, intent.id),
    wanted: wantedNow(ctx, intent.id),
    ...postPurchaseQueries(ctx, intent.id),
  });
  const answerable =
    isThere(ROUTES.postPurchase, ctx.parts) && presentationOf(intent, rows, ctx.clock.now()).kind === "waiting";
  const { title, words, waiting } = outcomeOf(intent, {
    plan: rows.plan,
    given: rows.given,
    isTest: isTestPurchase(intent, rows.wanted[0]?.mode, ctx),
  });
  const seconds = waiting ? RELOAD_SECONDS[load] : undefined;
  const form = site.auth.forms.issue(request);
  const content = (
    <>
      <p>{words}</p>
      <OrderTable intent={intent} lines={rows.lines} />
      {waiting && (
        <>
          <p class="soft" role="status">
            {seconds === undefined ? "This takes longer than usual." : "This page updates by itself."}
          </p>
          <form method="post">
            <input type="hidden" name={FORM_TOKEN} value={form.token} />
            <button type="submit">Ask the payment provider now</button>
          </form>
        </>
      )}
      {answerable && (
        <p>
          <a class="button" href={postPurchasePath(token)}>
            See one more offer
          </a>
        </p>
      )}
      <OrderWays again={waysOf(intent, ctx).again} />
      {intent.planSlug && !waiting && (
        <p>
          <a class="button" href="/account">
            Your account
          </a>
        </p>
      )}
      <OrderInAccount intent={intent} person={await site.auth.session(request)} />
      {mayAskForLink(intent, site) && <SendOrderLink formToken={form.token} link={{ returnLink: token }} />}
      <p class="soft">
        Questions? Write to <a href={`mailto:${business.supportEmail}`}>{business.supportEmail}</a> and name the order{" "}
        {orderNumberOf(intent.id)}.
      </p>
    </>
  );
  const headers = {
    ...(form.cookie && { "Set-Cookie": form.cookie }),
    ...(seconds !== undefined && { Refresh: `${seconds}; url=?load=${load + 1}` }),
  };
  return linkPage(found, site, { title, content, headers });
}

/**
 * `POST` of the success page: asks Stripe about the payment, and applies the answer as a webhook event is applied. A
 * second press, or a late one, changes only what changed at Stripe.
 */
export async function submitSuccess(token: string, request: Request, site: Site): Promise<Response> {
  const { ctx, auth } = site;
  const found = await findLinked(token, "return", site);
  const form = await auth.forms.read(request);
  if (found && form.kind === "accepted") {
    try {
      await site.ctx.limits.check("stripeCalls", found.intent.id);
      await checkPurchase(found.intent, "buyer_post_purchase_page", ctx);
    } catch (thrown) {
      refusalOf(thrown, "success_page", ctx.log);
    }
  }
  return seeOtherWithoutReferrer(ctx.publicUrl, new URL(request.url).pathname);
}
