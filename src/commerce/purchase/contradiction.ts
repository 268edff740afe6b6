import type { IntentRow } from "../../db/checkouts.ts";
import type { Known, Source } from "./decision.ts";
import { contradictedBy } from "./facts.ts";
import { isAsConfirmed } from "./invoices.ts";
import type { Report } from "./report.ts";

/**
 * Why a report that names a checkout is not about it; undefined where nothing speaks against it. Anybody in the same
 * Stripe account can write our names into objects of their own, so what is known to be another's changes nothing.
 */
export function contradiction(report: Report, intent: IntentRow, known: Known, source: Source): string | undefined {
  return (
    ofAnotherKind(report, intent) ??
    otherObject(report, intent) ??
    ofAnotherCheckout(report, intent, known) ??
    ofAnotherMode(report, intent) ??
    ofAnotherPrice(report, intent) ??
    (isStrange(report, intent, known, source) ? "names a checkout that asked for another session" : undefined)
  );
}

/** What is paid once has neither subscription nor invoice, and a plan is never paid without. */
function ofAnotherKind({ session, bound, subscription, invoices, payments }: Report, { planSlug }: IntentRow) {
  if (session && session.mode !== (planSlug === null ? "payment" : "subscription")) {
    return "names a checkout of another kind";
  }
  const ofPlan =
    bound.subscriptionId ??
    bound.invoiceId ??
    subscription ??
    invoices[0] ??
    payments.find(({ kind }) => kind === "invoice_payment");
  return planSlug === null && ofPlan !== undefined ? "names a checkout that is paid once" : undefined;
}

function otherObject({ bound, subscription, invoices }: Report, intent: IntentRow) {
  const first = invoices.find((invoice) => invoice.first);
  const subscriptions = [
    bound.subscriptionId,
    subscription?.subscriptionId,
    ...invoices.map((one) => one.subscriptionId),
  ];
  const pairs = [
    ["session", [bound.sessionId], intent.stripeCheckoutSessionId],
    ["payment", [bound.paymentIntentId], intent.stripePaymentIntentId],
    ["subscription", subscriptions, intent.stripeSubscriptionId],
    ["invoice", [bound.invoiceId, first?.invoiceId], intent.stripeInvoiceId],
  ] as const;
  const other = pairs.find(([, told, own]) => own !== null && told.some((id) => id !== undefined && id !== own));
  return other && `names a checkout that has another ${other[0]}`;
}

/** A subscription keeps its checkout, whatever is written into it later. */
function ofAnotherCheckout({ subscription }: Report, { id }: IntentRow, { subscriptions }: Known) {
  const row = subscriptions.find(({ stripeSubscriptionId }) => stripeSubscriptionId === subscription?.subscriptionId);
  const anothers = row && row.planSlug !== null && row.checkoutIntentId !== id;
  return anothers ? "names a checkout, and is another's" : undefined;
}

function ofAnotherMode({ subscription, invoices }: Report, { stripeMode }: IntentRow) {
  const live = stripeMode === "live";
  const other = [subscription, ...invoices].some((object) => object !== undefined && object.livemode !== live);
  return other ? "names a checkout of the other mode" : undefined;
}

/** What the checkout's own session asks is a fact about it; of an invoice alone nobody knows whose it is. */
function ofAnotherPrice({ session, invoices }: Report, intent: IntentRow) {
  const fits = session !== undefined || invoices.every((invoice) => isAsConfirmed(invoice, intent));
  return fits ? undefined : "names a checkout that confirmed another amount";
}

/**
 * A session that comes while none is known, as Stripe's answer was lost or is not here yet, is the checkout's own when it
 * leads back by the link that only our request to Stripe held, at the confirmed price.
 */
function isStrange({ session, money }: Report, intent: IntentRow, { returnLink }: Known, source: Source): boolean {
  if (!session || intent.stripeCheckoutSessionId !== null) return false;
  const ledBack = source.returnLinkSha256 !== null && returnLink[0]?.tokenSha256 === source.returnLinkSha256;
  return !ledBack || (money !== undefined && contradictedBy(money, intent).length > 0);
}
