import { isoTime } from "../../base/time.ts";
import type { IntentRow, pricedLinesOf } from "../../db/checkouts.ts";
import type { BusinessRow } from "../../db/operations.ts";
import type { Context } from "../../kernel/context.ts";
import { isThere, ROUTES } from "../routes.ts";
import { expiryText } from "./expiry.ts";
import { isOpen } from "./hosted-checkout.ts";

/** What a buyer can do about an order in its state. */
interface Ways {
  /** True while its payment page is open. */
  readonly pay: boolean;
  /** True while it can be ended before it is paid. */
  readonly cancel: boolean;
  /** Where the same thing is for sale, once the order has ended unpaid. */
  readonly again: string | undefined;
}

/** The ways on from an order, by its stored state. */
export function waysOf(intent: IntentRow, ctx: Pick<Context, "clock" | "parts">): Ways {
  const open = isOpen(intent, ctx.clock.now());
  return {
    pay: open && intent.stripeCheckoutUrl !== null,
    cancel: open && intent.stripeCheckoutSessionId !== null,
    again: canBeTriedAgain(intent) ? shopPathOf(intent, ctx) : undefined,
  };
}

/** Stripe collects the first invoice of a failed plan again, so a second plan would be charged beside it. */
const canBeTriedAgain = ({ status, planSlug }: IntentRow) =>
  status === "expired" || status === "canceled" || (status === "failed" && planSlug === null);

/** The place where what was ordered is for sale; undefined where the business has no such page. */
export function shopPathOf(
  { planSlug, offerId }: Pick<IntentRow, "planSlug" | "offerId">,
  { parts }: Pick<Context, "parts">,
): string | undefined {
  const [page, place] = planSlug === null ? [ROUTES.offers, `offer-${offerId}`] : [ROUTES.pricing, `plan-${planSlug}`];
  return isThere(page, parts) ? `${page}#${encodeURIComponent(place)}` : undefined;
}

/** The page of one order of a person's, for the person who is signed in. */
export const orderPath = (id: string): string => `${ROUTES.accountOrders}/${encodeURIComponent(id)}`;
/** Leads that person to the open payment page of their order. */
export const payPath = (id: string): string => `${orderPath(id)}/pay`;
/** Where that person's form ends their order before it is paid. */
export const cancelPath = (id: string): string => `${orderPath(id)}/cancel`;

/** The call that ends an order, as the form of a page carries it: the text is shown above the button. */
export function cancelCall(intent: IntentRow, lines: Awaited<ReturnType<typeof pricedLinesOf>>, business: BusinessRow) {
  return {
    text: expiryText(business, intent, lines),
    fields: { idempotencyKey: `page-${crypto.randomUUID()}`, expectedUpdatedAt: isoTime(intent.updatedAt) },
  };
}
