import { notFound } from "../src/base/problem.ts";
import { isoTime } from "../src/base/time.ts";
import { sameOrders, toldOrders } from "../src/commerce/checkout/order-text.ts";
import { checkoutText, totalCents } from "../src/commerce/confirmation-texts.ts";
import { PUBLIC_LISTS } from "../src/commerce/public-lists.ts";
import { taxOf } from "../src/commerce/tax.ts";
import { earlierOrders } from "../src/db/earlier-orders.ts";
import { bumpsBeside, offerByPublicId, offerVersion } from "../src/db/offers.ts";
import { businessRow } from "../src/db/operations.ts";
import { soldMode } from "../src/db/sold-mode.ts";
import { buyerOf, defineResource } from "../src/kernel/resource.ts";

/** What `start_checkout` sells: price, version, and the exact text for the offer alone and with each bump. */
export const offer = defineResource({
  name: "offer",
  uri: "commerce://offers/{offerId}",
  title: "Offer",
  description: "An offer's price, order bumps, updatedAt and the exact confirmation texts for start_checkout.",
  part: "offers",
  readers: "public",
  load: ({ params, actor, ctx }) => ({
    offer: offerByPublicId(ctx, params.offerId ?? ""),
    bumps: bumpsBeside(ctx, params.offerId ?? ""),
    business: businessRow(ctx),
    ...earlierOrders(ctx, buyerOf(actor), { offerId: params.offerId ?? "" }),
  }),
  present({ rows, ctx }) {
    const [found] = rows.offer;
    const [business] = rows.business;
    if (!found || !business) throw notFound("uri", PUBLIC_LISTS.offers);
    const { offer, price, product } = found;
    const yourCheckouts = sameOrders(toldOrders(rows));
    const taxBehavior = taxOf(business, [price]);
    return {
      offerId: offer.publicOfferId,
      productId: product.id,
      priceId: price.id,
      name: offer.name,
      amountCents: price.unitAmountCents,
      currency: price.currency,
      ...(taxBehavior && { taxBehavior }),
      stripeMode: soldMode(offer.stripeMode, ctx),
      status: offer.status,
      updatedAt: isoTime(offerVersion(found, rows.bumps, business.updatedAt)),
      confirmationText: checkoutText(business, price),
      orderBumps: rows.bumps.map((bump) => ({
        orderBumpId: bump.offer.publicOfferId,
        name: bump.offer.name,
        amountCents: bump.price.unitAmountCents,
        currency: bump.price.currency,
        totalCents: totalCents(price, [bump.price]),
        confirmationText: checkoutText(business, price, [bump.price]),
      })),
      ...(yourCheckouts.length > 0 && { yourCheckouts }),
    };
  },
});
