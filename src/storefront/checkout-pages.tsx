import type { Child } from "hono/jsx";
import { FORM_TOKEN } from "../auth/forms.ts";
import { sha256 } from "../base/keyring.ts";
import { moneyText } from "../base/money.ts";
import { refusalOf } from "../base/refusal.ts";
import { paymentPageOf } from "../commerce/checkout/hosted-checkout.ts";
import { presentationOf } from "../commerce/checkout/post-purchase.ts";
import { isOnlyATest } from "../commerce/plans/plans.ts";
import { checkPurchase } from "../commerce/purchase/check-purchase.ts";
import { intentByLink, pricedLinesOf } from "../db/checkouts.ts";
import { postPurchaseQueries } from "../db/decisions.ts";
import { businessRow } from "../db/operations.ts";
import { planGiven } from "../db/plans.ts";
import type { LINK_KINDS } from "../db/schema/vocabulary.ts";
import { htmlPage } from "../pages/layout.tsx";
import { readForm } from "../pages/read-form.ts";
import type { Site } from "../site.ts";
import { outcomeOf, whyNotPayable } from "./checkout-words.ts";
import { pathOf } from "./post-purchase-page.tsx";

/** How soon an unfinished page asks again, in seconds; each load waits longer, and the last one stops. */
const RELOAD_SECONDS = [2, 3, 5, 10, 20, 30, 60];

/** The agent's link: on to Stripe while the checkout is open, else a page that says why not. Changes nothing. */
export async function serveRedirect(token: string, site: Site): Promise<Response> {
  const found = await findByLink(token, "redirect", site);
  if (!found.intent) return notHere(found.business, site);
  const { intent, business } = found;
  const { ctx } = site;
  const location = await paymentPageOf(intent, ctx);
  if (location) {
    return new Response(null, {
      status: 303,
      headers: { Location: location, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" },
    });
  }
  const { title, words } = whyNotPayable(intent);
  return page(site, business, title, <p>{words}</p>, 410);
}

/** Where Stripe sends the buyer back to. Shows our own state, and asks again while the money is on its way. */
export async function serveSuccess(token: string, request: Request, site: Site): Promise<Response> {
  const load = Math.trunc(Number(new URL(request.url).searchParams.get("load") ?? 0)) || 0;
  const found = await findByLink(token, "return", site);
  if (!found.intent) return notHere(found.business, site);
  const { intent, business } = found;
  const { ctx } = site;
  const rows = await ctx.db.read({
    lines: pricedLinesOf(ctx, intent.id),
    plan: planGiven(ctx, intent.id),
    ...postPurchaseQueries(ctx, intent.id),
  });
  const answerable = presentationOf(intent, rows, ctx.clock.now()).kind === "waiting";
  const { title, words, waiting } = outcomeOf(intent, isOnlyATest(intent, ctx) ? undefined : rows.plan[0]);
  const seconds = waiting ? RELOAD_SECONDS[load] : undefined;
  const form = site.auth.forms.issue(request);
  const content = (
    <>
      <p>{words}</p>
      <table>
        <caption class="soft">Your order</caption>
        <tbody>
          {rows.lines.map(({ line }) => (
            <tr>
              <th scope="row">{line.name}</th>
              <td class="amount">
                {moneyText(line.unitAmountCents, intent.currency)}
                {intent.planSlug && line.role === "primary" && " a month"}
              </td>
            </tr>
          ))}
          <tr>
            <th scope="row">{intent.planSlug ? "Total for the first month" : "Total"}</th>
            <td class="amount">
              <strong>{moneyText(intent.amountCents, intent.currency)}</strong>
            </td>
          </tr>
        </tbody>
      </table>
      {waiting && (
        <>
          <p class="soft" role="status">
            {seconds === undefined ? "This takes longer than usual." : "This page looks again by itself."}
          </p>
          <form method="post">
            <input type="hidden" name={FORM_TOKEN} value={form.token} />
            <button type="submit">Ask the payment provider now</button>
          </form>
        </>
      )}
      {answerable && (
        <p>
          <a class="button" href={pathOf(token)}>
            See one more offer
          </a>
        </p>
      )}
      {intent.planSlug && !waiting && (
        <p>
          <a class="button" href="/account">
            Your account
          </a>
        </p>
      )}
      {intent.stripeMode === "sandbox" && <p class="soft">This was a test purchase: no money moved.</p>}
      <p class="soft">
        Questions? Write to <a href={`mailto:${business?.supportEmail}`}>{business?.supportEmail}</a> and name the order{" "}
        <code>{intent.id}</code>.
      </p>
    </>
  );
  return page(site, business, title, content, 200, {
    ...(form.cookie && { "Set-Cookie": form.cookie }),
    ...(seconds !== undefined && { Refresh: `${seconds}; url=?load=${load + 1}` }),
  });
}

/**
 * The buyer asks for their payment to be looked up: Stripe is asked, and what it says is applied as a webhook's word is.
 * Asking twice, or long after, changes nothing that is not true at Stripe.
 */
export async function submitSuccess(token: string, request: Request, site: Site): Promise<Response> {
  const { ctx, auth } = site;
  const { intent } = await findByLink(token, "return", site);
  const form = await readForm(request);
  if (intent && form && form !== "too long" && auth.forms.accepts(request, form.fields)) {
    try {
      await site.limits.visitor(request);
      await checkPurchase(intent, "buyer_post_purchase_page", ctx);
    } catch (thrown) {
      refusalOf(thrown, "success_page", ctx.log);
    }
  }
  const location = new URL(request.url).pathname;
  return new Response(null, {
    status: 303,
    headers: { Location: location, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" },
  });
}

/** Where Stripe sends a buyer who went back. Coming here changes nothing: the checkout can still be paid. */
export async function serveCancel(token: string, site: Site): Promise<Response> {
  const found = await findByLink(token, "cancel", site);
  if (!found.intent) return notHere(found.business, site);
  const { intent, business } = found;
  const open = intent.status === "open" && intent.expiresAt > site.ctx.clock.now();
  const words = open
    ? "Nothing was charged. The payment link that you were given still works if you change your mind."
    : whyNotPayable(intent).words;
  return page(site, business, open ? "You left the payment page" : whyNotPayable(intent).title, <p>{words}</p>);
}

async function findByLink(token: string, kind: (typeof LINK_KINDS)[number], { ctx }: Site) {
  const rows = await ctx.db.read({ found: intentByLink(ctx, await sha256(token), kind), business: businessRow(ctx) });
  return { intent: rows.found[0]?.intent, business: rows.business[0] };
}

type Business = Awaited<ReturnType<typeof findByLink>>["business"];

function notHere(business: Business, site: Site): Promise<Response> {
  return page(
    site,
    business,
    "There is nothing here",
    <p>The link is not complete, or it was never one of ours.</p>,
    404,
  );
}

function page(
  { ctx }: Site,
  business: Business,
  title: string,
  content: Child,
  status = 200,
  headers: Record<string, string> = {},
): Promise<Response> {
  return htmlPage({
    title,
    content,
    status,
    business: business?.name ?? "",
    publicUrl: ctx.publicUrl,
    secretAddress: true,
    headers,
  });
}
