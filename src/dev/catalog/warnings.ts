import { checkoutText, planText } from "../../commerce/confirmation-texts.ts";
import type { Business } from "../seeds/business-shape.ts";
import type { Fault } from "../seeds/faults.ts";

/** What a business may want and most often does not: nothing fails by it. */
export function warningsOf(business: Business): Fault[] {
  return [
    ...inactiveWarnings(business),
    ...grantWarnings(business),
    ...assetWarnings(business),
    ...sentenceWarnings(business),
  ];
}

/** Offers and plans, with their place. */
function soldThings({ files }: Business) {
  const offers = files.offers.stacks.flatMap((stack, s) =>
    stack.offers.map((offer, o) => ({
      file: "offers.json",
      path: ["stacks", s, "offers", o],
      id: offer.publicOfferId,
      role: offer.role,
      priceId: offer.priceId,
    })),
  );
  const plans = files.plans.plans.flatMap(({ slug, priceId, productId }, index) =>
    priceId === null
      ? []
      : [{ file: "plans.json", path: ["plans", index], id: slug, role: "plan", priceId, productId }],
  );
  return { offers, plans };
}

function inactiveWarnings(business: Business): Fault[] {
  const { offers, plans } = soldThings(business);
  const inactive = new Set(business.files.prices.prices.filter(({ active }) => !active).map(({ id }) => id));
  return [...offers, ...plans]
    .filter(({ priceId }) => inactive.has(priceId))
    .map(({ file, path, priceId }) => ({
      file,
      path: [...path, "priceId"],
      message: `is an inactive price, so this is not sold: set active to true on ${priceId} in prices.json, or take it out here`,
    }));
}

/** A payment for it opens nothing and makes no task. What is offered after payment is not charged here. */
function grantWarnings(business: Business): Fault[] {
  const granted = new Set(business.files["access-catalog"].grantMaps.map(({ priceId }) => priceId));
  return soldThings(business)
    .offers.filter(({ role, priceId }) => (role === "primary" || role === "order_bump") && !granted.has(priceId))
    .map(({ path, priceId }) => ({
      file: "offers.json",
      path: [...path, "priceId"],
      message: `grants nothing: a payment of ${priceId} opens no access, so add it to grantMaps in access-catalog.json unless you deliver it elsewhere`,
    }));
}

function assetWarnings({ files }: Business): Fault[] {
  const catalog = files["access-catalog"];
  const granted = new Set([
    ...catalog.grantMaps.map(({ productId }) => productId),
    ...files.revocation.revocationIntents.map(({ productId }) => productId),
    ...files["protected-content"].sections.map(({ productId }) => productId),
  ]);
  const empty = catalog.products.flatMap(({ id, delivery, assets }, p) => {
    if (!delivery.enabled || assets.some(({ kind }) => kind === "file")) return [];
    const message = `is on, and ${id} has no file to download: add an asset of kind file to its assets, then upload the file with upload_product_asset once the server runs`;
    return [{ file: "access-catalog.json", path: ["products", p, "delivery", "enabled"], message }];
  });
  const unopened = catalog.products.flatMap((product, p) =>
    product.assets.flatMap(({ assetId, kind }, a) => {
      if (kind !== "file" || granted.has(product.id)) return [];
      const message = `is a file that no sale opens: add a grant of ${product.id} to grantMaps, or take ${assetId} out`;
      return [{ file: "access-catalog.json", path: ["products", p, "assets", a, "kind"], message }];
    }),
  );
  return [...empty, ...unopened];
}

/** Two offers or plans that a person confirms by the same sentence can't be told apart by it. */
function sentenceWarnings(business: Business): Fault[] {
  const { files } = business;
  const priceById = new Map(files.prices.prices.map((price) => [price.id, price]));
  const { offers, plans } = soldThings(business);
  const seen = new Map<string, string>();
  return [...offers.filter(({ role }) => role === "primary"), ...plans].flatMap(({ file, path, id, role, priceId }) => {
    const price = priceById.get(priceId);
    if (!price?.active) return [];
    const { billingInterval } = price;
    const sentence =
      role === "plan" && billingInterval !== "one_time"
        ? planText(files.business, { ...price, billingInterval })
        : checkoutText(files.business, price);
    const earlier = seen.get(sentence);
    seen.set(sentence, earlier ?? id);
    if (earlier === undefined) return [];
    const message = `is confirmed by the sentence of ${earlier}, "${sentence}": give one of the prices another confirmationName`;
    return [{ file, path: [...path, "priceId"], message }];
  });
}
