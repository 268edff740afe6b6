import * as z from "zod";
import * as fields from "../src/base/fields.ts";
import { moneyText } from "../src/base/money.ts";
import { notFound, Problem } from "../src/base/problem.ts";
import { assertAttributable } from "../src/commerce/affiliates/attribution.ts";
import { claimCheckout } from "../src/commerce/checkout/claim-checkout.ts";
import { checkoutContract } from "../src/commerce/checkout/contracts.ts";
import { startedCheckout } from "../src/commerce/checkout/hosted-checkout.ts";
import { hostedCheckoutEffect } from "../src/commerce/checkout/hosted-checkout-effect.ts";
import {
  assertIdToUse,
  BUMPS_AT_ONCE,
  chosenBumps,
  lineOf,
  offerUri,
  offSaleWords,
} from "../src/commerce/checkout/offers.ts";
import { assertMayOpenCheckout } from "../src/commerce/checkout/open-checkouts.ts";
import { assertModeOpen } from "../src/commerce/checkout/open-mode.ts";
import { orderedAlready, toldOrders } from "../src/commerce/checkout/order-text.ts";
import { checkoutText, totalCents } from "../src/commerce/confirmation-texts.ts";
import { assertModeIsSetUp, OFFER_CHECKOUT } from "../src/commerce/modes.ts";
import { moneyLines } from "../src/commerce/money-lines.ts";
import { PUBLIC_LISTS } from "../src/commerce/public-lists.ts";
import { taxOf } from "../src/commerce/tax.ts";
import { intentByKey } from "../src/db/checkouts.ts";
import { closedModes } from "../src/db/closed-modes.ts";
import { earlierOrders } from "../src/db/earlier-orders.ts";
import { bumpsBeside, guardOfferUnchanged, offerByEitherId, offerVersion } from "../src/db/offers.ts";
import { openCheckouts } from "../src/db/open-checkouts.ts";
import { clickById } from "../src/db/referrals.ts";
import { soldMode } from "../src/db/sold-mode.ts";
import { defineConfirmedWrite } from "../src/kernel/confirmed-write.ts";
import { lineItem } from "../src/stripe/line-item.ts";

/**
 * Starts a hosted checkout for a publisher offer and gives back a link for the buyer.
 * Charges nothing: the buyer decides on Stripe's page.
 */
export const startCheckout = defineConfirmedWrite({
  name: checkoutContract.write,
  contract: checkoutContract,
  title: "Start checkout",
  description:
    "Start a hosted checkout for an offer and get a link for the buyer, who decides there. Read commerce://offers/{offerId} first: it has the price, updatedAt and the exact text for each choice of bumps.",
  scope: "checkout:write",
  risk: "records",
  part: "offers",
  route: `POST ${checkoutContract.route}`,
  input: z.object({
    offerId: fields.offerId,
    orderBumpIds: z
      .array(fields.offerId)
      .max(BUMPS_AT_ONCE)
      .describe("As the offer lists them; the text changes with them")
      .optional(),
    referralClickId: fields.referralClickId.optional(),
  }),
  argumentParts: { referralClickId: "affiliates" },
  aside: ["referralClickId"],
  output: startedCheckout.extend({
    checkoutUrl: z.string().describe("Give it to the buyer; do not open it yourself"),
  }),

  load: ({ input, actor, idempotencyKey, ctx }) => ({
    offer: offerByEitherId(ctx, input.offerId),
    bumps: bumpsBeside(ctx, input.offerId),
    click: clickById(ctx, input.referralClickId ?? ""),
    intent: intentByKey(ctx, actor.id, idempotencyKey),
    closed: closedModes(ctx),
    open: openCheckouts(ctx, actor.id),
    ...earlierOrders(ctx, actor.id, { offerId: input.offerId }),
  }),

  subject({ input, loaded, business }) {
    const [offer] = loaded.offer;
    const [click] = loaded.click;
    if (!offer) throw notFound("offerId", PUBLIC_LISTS.offers);
    assertIdToUse("offerId", input.offerId, [offer], offerUri(offer.offer.publicOfferId));
    if (input.referralClickId !== undefined && !click) throw notFound("referralClickId");
    const bumps = chosenBumps(offer.offer.publicOfferId, loaded.bumps, input.orderBumpIds ?? []);
    const updatedAt = offerVersion(offer, loaded.bumps, business.updatedAt);
    const others = bumps.map((bump) => bump.price);
    const total = totalCents(offer.price, others);
    const tax = taxOf(business, [offer.price, ...others]);
    return {
      id: offer.offer.publicOfferId,
      updatedAt,
      offer,
      bumps,
      click,
      total,
      tax,
      currency: offer.price.currency,
    };
  },
  subjectResource: ({ id }) => offerUri(id),

  confirmation: ({ subject, business }) =>
    checkoutText(
      business,
      subject.offer.price,
      subject.bumps.map((bump) => bump.price),
    ),

  mode: ({ subject, ctx }) => soldMode(subject.offer.offer.stripeMode, ctx),

  questionLines: ({ subject, loaded }) => [
    ...[subject.offer, ...subject.bumps].map(({ offer, price }) => ({
      label: "Item",
      value: `${moneyText(price.unitAmountCents, price.currency)} for ${offer.name}`,
    })),
    ...moneyLines("Total", { amountCents: subject.total, currency: subject.currency, taxBehavior: subject.tax }),
    ...(subject.click ? [{ label: "Noted as referred by", value: subject.click.link.code }] : []),
    ...orderedAlready(toldOrders(loaded)),
    { label: "Then", value: "your assistant has a link to pay; nothing is charged until it is paid there" },
  ],

  spends: ({ subject }) => ({ amountCents: subject.total, currency: subject.currency }),

  eligible({ subject, loaded, ctx }) {
    const detail = offSaleWords([subject.offer, ...subject.bumps]);
    if (detail !== undefined) throw new Problem("ineligible_state", { detail, resource: offerUri(subject.id) });
    const mode = soldMode(subject.offer.offer.stripeMode, ctx);
    if (subject.click) assertAttributable(subject.click, subject.offer, mode, ctx.clock.now());
    assertModeIsSetUp(mode, ctx);
    assertModeOpen(mode, loaded.closed, ctx);
    assertMayOpenCheckout(loaded.open, ctx);
  },

  async plan({ subject, loaded, business, operation, ctx }) {
    const rows = [subject.offer, ...subject.bumps];
    const stripeMode = soldMode(subject.offer.offer.stripeMode, ctx);
    const claim = await claimCheckout(
      {
        kind: OFFER_CHECKOUT[stripeMode],
        stripeMode,
        currency: subject.currency,
        amountCents: subject.total,
        tax: subject.tax,
        lines: rows.map(lineOf),
        request: {
          mode: "payment",
          line_items: rows.map(({ offer, price }) =>
            lineItem(price, offer.name, "once", { wanted: offer.stripeMode, sold: stripeMode }),
          ),
        },
        offerId: subject.id,
        offerStackId: subject.offer.stack.id,
        planSlug: null,
        click: subject.click,
      },
      operation,
      toldOrders(loaded).map(({ id }) => id),
      ctx,
    );
    return { ...claim, writes: [...rows.map((row) => guardOfferUnchanged(ctx, row, business)), ...claim.writes] };
  },

  effect: hostedCheckoutEffect,
});
