import { toSignIn } from "../auth/sign-in-first.ts";
import { refusalOf } from "../base/refusal.ts";
import { orderPath } from "../commerce/checkout/ways.ts";
import { seeOtherWithoutReferrer } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { type ReceiptAtStripe, receiptAddress } from "../stripe/own-receipt.ts";
import { findOrder, noSuchOrder } from "./order-page.tsx";
import { type RefusedWay, refusedWay } from "./refused-way.tsx";

/**
 * `POST /account/orders/{id}/stripe-receipt`: a person goes to Stripe's own receipt or invoice of their payment. Each visit
 * asks Stripe for its address, which is stored nowhere; our own address holds no id of Stripe's.
 */
export async function submitStripeReceipt(id: string, request: Request, site: Site): Promise<Response> {
  const { ctx, auth } = site;
  const person = await auth.session(request);
  if (!person) return toSignIn(ctx, orderPath(id));
  const form = await auth.forms.read(request, person);
  if (form.kind === "refused") return refusal(site, id, form);
  const order = await findOrder(id, person, ctx);
  if (!order) return noSuchOrder(site);
  const wanted = objectOf(order, form.fields.get("period"));
  if (!wanted) return refusal(site, id, NONE);
  try {
    await ctx.limits.check("stripeCalls", person.userId);
    const address = await receiptAddress(wanted, order.intent.stripeMode, ctx);
    return address === undefined ? refusal(site, id, NONE) : seeOtherWithoutReferrer(ctx.publicUrl, address);
  } catch (thrown) {
    refusalOf(thrown, "stripe_receipt", ctx.log);
    return refusal(site, id, UNANSWERED);
  }
}

type Order = NonNullable<Awaited<ReturnType<typeof findOrder>>>;

/** The invoice of the period that begins at `period`, or the one payment of an order that is paid once. */
function objectOf({ intent, invoices, paid }: Order, period: string | null): ReceiptAtStripe | undefined {
  if (paid.length === 0) return undefined;
  const invoice = invoices.find(({ periodStart }) => String(periodStart) === period) ?? invoices[0];
  if (invoice) return { kind: "invoice", id: invoice.stripeInvoiceId };
  if (intent.stripeInvoiceId !== null) return { kind: "invoice", id: intent.stripeInvoiceId };
  return intent.stripePaymentIntentId === null ? undefined : { kind: "payment", id: intent.stripePaymentIntentId };
}

const NONE: RefusedWay = {
  status: 404,
  title: "Stripe has no receipt of it",
  advice: "Your receipt on this site says what was paid.",
};
const UNANSWERED: RefusedWay = {
  status: 502,
  title: "Stripe's receipt can't be opened now",
  advice: "The payment provider did not answer. Try again in a moment.",
};

const refusal = (site: Site, id: string, why: RefusedWay): Promise<Response> =>
  refusedWay(site, why, { href: orderPath(id), words: "Back to the order" });
