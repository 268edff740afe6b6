import { isOfKind } from "../../base/ids.ts";
import type { IntentRow } from "../../db/checkouts.ts";
import type { EventRefusal } from "../../db/schema/vocabulary.ts";
import { isAsConfirmed, mismatchesIn } from "../checkout/as-confirmed.ts";
import type { BoundIds, PurchaseRows, ReportSource } from "./known.ts";
import type { Report } from "./report.ts";

/** Which checkout a report is about, or why it changes none. */
type Belonging =
  | { readonly kind: "ours"; readonly intent: IntentRow; readonly bound: BoundIds }
  /** Payments that are not linked to a checkout yet. */
  | { readonly kind: "unassigned_payments" }
  | { readonly kind: "not_ours" }
  | { readonly kind: "refused"; readonly refusal: EventRefusal };

/** Finds the checkout that a report is about, and refuses a report that disagrees with it. */
export function belongs(report: Report, rows: PurchaseRows, source: ReportSource): Belonging {
  const [intent] = rows.intent;
  const { session, checkoutIds, payments } = report;
  const isOwnSession = session !== undefined && session.stripeCheckoutSessionId === intent?.stripeCheckoutSessionId;
  const namesOurs = checkoutIds.some((id) => isOfKind(id, "checkout-intent"));
  if (checkoutIds.length > 1 && !isOwnSession && (intent || namesOurs))
    return { kind: "refused", refusal: "two_checkouts_named" };
  if (intent) {
    const refusal = disagreement(report, intent, rows, source);
    return refusal ? { kind: "refused", refusal } : { kind: "ours", intent, bound: boundAfter(report, intent) };
  }
  if (payments.length > 0) return { kind: "unassigned_payments" };
  return namesOurs ? { kind: "refused", refusal: "checkout_not_found" } : { kind: "not_ours" };
}

/** The Stripe ids of the checkout after this report: stored ids stay, and its session fills in the others. */
function boundAfter({ session }: Report, intent: IntentRow): BoundIds {
  return {
    stripeCheckoutSessionId: intent.stripeCheckoutSessionId ?? session?.stripeCheckoutSessionId ?? null,
    stripePaymentIntentId: intent.stripePaymentIntentId ?? session?.stripePaymentIntentId ?? null,
    stripeSubscriptionId: intent.stripeSubscriptionId ?? session?.stripeSubscriptionId ?? null,
    stripeInvoiceId: intent.stripeInvoiceId ?? session?.stripeInvoiceId ?? null,
  };
}

/**
 * Why a report disagrees with the checkout that it names; undefined where the two agree. Another application in the same
 * Stripe account can write our ids into its own objects, so a report that disagrees changes nothing.
 */
function disagreement(
  report: Report,
  intent: IntentRow,
  rows: PurchaseRows,
  source: ReportSource,
): EventRefusal | undefined {
  // Before all else: nothing that one mode's endpoint or key vouches for reaches a checkout of the other mode.
  if (source.stripeMode !== intent.stripeMode) return "other_mode";
  if (isOfOtherKind(report, intent)) return "plan_and_single_payment";
  const other = otherObject(report, intent);
  if (other) return other;
  if (isBoundElsewhere(report, intent, rows)) return "subscription_of_other_checkout";
  if (isOfOtherMode(report, intent)) return "other_mode";
  if (isOfOtherPrice(report, intent)) return "other_price";
  return isForeignSession(report, intent, rows, source) ? "session_not_ours" : undefined;
}

/** A plan has a subscription and invoices; a checkout that is paid once has neither. */
function isOfOtherKind({ session, subscription, invoices, payments }: Report, { planSlug }: IntentRow): boolean {
  if (session && session.mode !== (planSlug === null ? "payment" : "subscription")) return true;
  const isAboutPlan =
    subscription !== undefined ||
    invoices.length > 0 ||
    [session?.stripeSubscriptionId, session?.stripeInvoiceId].some((id) => typeof id === "string") ||
    payments.some(({ kind }) => kind === "invoice_payment");
  return planSlug === null && isAboutPlan;
}

function otherObject({ session, subscription, invoices }: Report, intent: IntentRow): EventRefusal | undefined {
  const differs = (known: string | null, ...reported: readonly (string | null | undefined)[]) =>
    known !== null && reported.some((id) => typeof id === "string" && id !== known);
  const first = invoices.find((invoice) => invoice.first);
  const subscriptions = [session, subscription, ...invoices].map((object) => object?.stripeSubscriptionId);
  if (differs(intent.stripeCheckoutSessionId, session?.stripeCheckoutSessionId)) return "other_session";
  if (differs(intent.stripePaymentIntentId, session?.stripePaymentIntentId)) return "other_payment";
  if (differs(intent.stripeSubscriptionId, ...subscriptions)) return "other_subscription";
  if (differs(intent.stripeInvoiceId, session?.stripeInvoiceId, first?.stripeInvoiceId)) return "other_invoice";
  return undefined;
}

/** A subscription stays with its checkout, also after its metadata was edited at Stripe. */
function isBoundElsewhere({ subscription }: Report, { id }: IntentRow, { subscriptions }: PurchaseRows): boolean {
  const row = subscriptions.find((one) => one.stripeSubscriptionId === subscription?.stripeSubscriptionId);
  return row !== undefined && row.planSlug !== null && row.checkoutIntentId !== id;
}

function isOfOtherMode({ subscription, invoices }: Report, { stripeMode }: IntentRow): boolean {
  return [subscription, ...invoices].some((object) => object && object.livemode !== (stripeMode === "live"));
}

/** Another price in the session blocks the checkout itself; another price in an invoice alone refuses the report. */
function isOfOtherPrice({ session, invoices }: Report, intent: IntentRow): boolean {
  return session === undefined && !invoices.every((invoice) => isAsConfirmed(invoice, intent));
}

/**
 * While the answer with a checkout's session is lost or on its way, a session is the checkout's own only with the return
 * link, which our request alone contained, and at the confirmed price.
 */
function isForeignSession(
  { session }: Report,
  intent: IntentRow,
  { returnLink }: PurchaseRows,
  source: ReportSource,
): boolean {
  if (!session || intent.stripeCheckoutSessionId !== null) return false;
  const hasOurLink = source.returnLinkSha256 !== null && returnLink[0]?.tokenSha256 === source.returnLinkSha256;
  return !hasOurLink || mismatchesIn(session, intent).length > 0;
}
