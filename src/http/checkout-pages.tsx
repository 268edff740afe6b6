import type { Child } from "hono/jsx";
import { urlPlace } from "../commerce/hosted-checkout.ts";
import { presentationOf } from "../commerce/post-purchase.ts";
import { type IntentRow, intentByLink, pricedLinesOf } from "../db/checkouts.ts";
import { postPurchaseQueries } from "../db/decisions.ts";
import { businessRow } from "../db/operations.ts";
import type { LINK_KINDS } from "../db/schema/vocabulary.ts";
import { sha256 } from "../kernel/keyring.ts";
import { moneyText } from "../kernel/money.ts";
import { htmlPage } from "./layout.tsx";
import type { HttpParts } from "./parts.ts";
import { pathOf } from "./post-purchase-page.tsx";

/** How soon an unfinished page asks again, in seconds; each load waits longer, and the last one stops. */
const RELOAD_SECONDS = [2, 3, 5, 10, 20, 30, 60];

/** The agent's link: on to Stripe while the checkout is open, else a page that says why not. Changes nothing. */
export async function serveRedirect(token: string, parts: HttpParts): Promise<Response> {
  const found = await findByLink(token, "redirect", parts);
  if (!found.intent) return notHere(found.business, parts);
  const { intent, business } = found;
  const { ctx } = parts;
  const payable = intent.status === "open" && intent.expiresAt > ctx.clock.now() && intent.stripeCheckoutUrl !== null;
  if (payable && intent.stripeCheckoutUrl) {
    const location = await ctx.keyring.open(intent.stripeCheckoutUrl, urlPlace(intent.id));
    return new Response(null, {
      status: 303,
      headers: { Location: location, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" },
    });
  }
  const { title, words } = whyNotPayable(intent);
  return page(parts, business, title, <p>{words}</p>, 410);
}

/** Where Stripe sends the buyer back to. Shows our own state, and asks again while the money is on its way. */
export async function serveSuccess(token: string, load: number, parts: HttpParts): Promise<Response> {
  const found = await findByLink(token, "return", parts);
  if (!found.intent) return notHere(found.business, parts);
  const { intent, business } = found;
  const { ctx } = parts;
  const rows = await ctx.db.read({ lines: pricedLinesOf(ctx, intent.id), ...postPurchaseQueries(ctx, intent.id) });
  const answerable = "waiting" in presentationOf(intent, rows, ctx.clock.now());
  const { title, words, waiting } = outcomeOf(intent);
  const seconds = waiting ? RELOAD_SECONDS[load] : undefined;
  const content = (
    <>
      <p>{words}</p>
      <table>
        <caption class="soft">Your order</caption>
        <tbody>
          {rows.lines.map(({ line }) => (
            <tr>
              <th scope="row">{line.name}</th>
              <td>{moneyText(line.unitAmountCents, intent.currency)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">Total</th>
            <td>
              <strong>{moneyText(intent.amountCents, intent.currency)}</strong>
            </td>
          </tr>
        </tbody>
      </table>
      {waiting && (
        <p class="soft" role="status">
          {seconds === undefined ? "This takes longer than usual. " : "This page looks again by itself. "}
          <a href="?load=0">Look now</a>
        </p>
      )}
      {answerable && (
        <p>
          <a class="button" href={pathOf(token)}>
            See one more offer
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
  return page(
    parts,
    business,
    title,
    content,
    200,
    seconds === undefined ? undefined : { seconds, url: `?load=${load + 1}` },
  );
}

/** Where Stripe sends a buyer who went back. Coming here changes nothing: the checkout can still be paid. */
export async function serveCancel(token: string, parts: HttpParts): Promise<Response> {
  const found = await findByLink(token, "cancel", parts);
  if (!found.intent) return notHere(found.business, parts);
  const { intent, business } = found;
  const open = intent.status === "open" && intent.expiresAt > parts.ctx.clock.now();
  const words = open
    ? "Nothing was charged. The payment link that you were given still works if you change your mind."
    : whyNotPayable(intent).words;
  return page(parts, business, open ? "You left the payment page" : whyNotPayable(intent).title, <p>{words}</p>);
}

interface Outcome {
  readonly title: string;
  readonly words: string;
  readonly waiting: boolean;
}

/** What the buyer is told, by what we know: never more than Stripe has told us. */
function outcomeOf(intent: IntentRow): Outcome {
  switch (intent.status) {
    case "paid":
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
function whyNotPayable(intent: IntentRow): { title: string; words: string } {
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

async function findByLink(token: string, kind: (typeof LINK_KINDS)[number], { ctx }: HttpParts) {
  const rows = await ctx.db.read({ found: intentByLink(ctx, await sha256(token), kind), business: businessRow(ctx) });
  return { intent: rows.found[0]?.intent, business: rows.business[0] };
}

type Business = Awaited<ReturnType<typeof findByLink>>["business"];

function notHere(business: Business, parts: HttpParts): Promise<Response> {
  return page(
    parts,
    business,
    "There is nothing here",
    <p>The link is not complete, or it was never one of ours.</p>,
    404,
  );
}

function page(
  { ctx }: HttpParts,
  business: Business,
  title: string,
  content: Child,
  status = 200,
  refresh?: { seconds: number; url: string },
): Promise<Response> {
  return htmlPage({
    title,
    content,
    status,
    business: business?.name ?? "",
    publicUrl: ctx.publicUrl,
    secretAddress: true,
    headers: refresh ? { Refresh: `${refresh.seconds}; url=${refresh.url}` } : {},
  });
}
