import { moneyText } from "../../../base/money.ts";
import { METADATA_VALUE } from "../../../commerce/checkout/bump-metadata.ts";
import { BUMPS_AT_ONCE } from "../../../commerce/checkout/offers.ts";
import type { Business } from "../business-shape.ts";
import type { Fault } from "../faults.ts";
import { chargeLimits, PRODUCT_NAME } from "../stripe-limits.ts";
import { checker, type Path } from "./checker.ts";

/** Faults that only Stripe would find, at the first sale: amounts, sums, names and metadata that it refuses. */
export function stripeFaults({ files }: Business): Fault[] {
  const { prices } = files.prices;
  const { stacks } = files.offers;
  const { plans } = files.plans;
  const priceById = new Map(prices.map((price) => [price.id, price]));
  const bumps = stacks.flatMap((stack) => stack.offers.filter(({ role }) => role === "order_bump"));
  const addedIds = new Set([...bumps.map(({ priceId }) => priceId), ...plans.map(({ setupPriceId }) => setupPriceId)]);
  const aloneIds = new Set([
    ...stacks.flatMap((stack) => stack.offers.filter((offer) => !bumps.includes(offer)).map(({ priceId }) => priceId)),
    ...plans.map(({ priceId }) => priceId),
  ]);

  const ofPrices = checker("prices.json");
  for (const [index, { id, currency, unitAmountCents }] of prices.entries()) {
    const path = ["prices", index, "unitAmountCents"];
    const { least, most, step } = chargeLimits(currency);
    // A price that only adds to another one may be small, or nothing.
    const isAddition = addedIds.has(id) && !aloneIds.has(id);
    if (unitAmountCents < least && !isAddition) {
      const text = moneyText(least, currency);
      ofPrices.fail(path, `must be at least ${least}: Stripe charges no less than ${text}, so raise the price`, [
        id,
        "offers.json",
        "plans.json",
      ]);
    }
    if (unitAmountCents > most) {
      const text = moneyText(most, currency);
      ofPrices.fail(path, `must be at most ${most}: Stripe charges no more than ${text}, so lower the price`);
    }
    if (unitAmountCents % step !== 0) {
      const below = unitAmountCents - (unitAmountCents % step);
      const ways = `use ${below} or ${below + step}`;
      ofPrices.fail(path, `must end in 0: Stripe takes ${currency.toUpperCase()} in steps of ${step}, so ${ways}`);
    }
  }

  const ofOffers = checker("offers.json");
  for (const [s, stack] of stacks.entries()) {
    const path = ["stacks", s, "offers"];
    const sold = stack.offers.filter(({ role }) => role === "primary" || role === "order_bump");
    assertSum(ofOffers.fail, path, "with every order bump", sold);
    const ids = sold.flatMap(({ role, priceId }) => (role === "order_bump" ? [priceId.length] : []));
    const longest = ids.toSorted((one, other) => other - one).slice(0, BUMPS_AT_ONCE);
    const characters = longest.reduce((sum, length) => sum + length + 1, -1);
    if (characters > METADATA_VALUE) {
      ofOffers.fail(
        path,
        `must have order bumps whose price ids, joined by commas, fit in ${METADATA_VALUE} characters of Stripe's metadata, and they have ${characters}: shorten the ids of these prices, or take a bump out`,
      );
    }
    for (const [o, offer] of stack.offers.entries()) assertName(ofOffers.fail, [...path, o, "name"], offer.name);
  }

  const ofPlans = checker("plans.json");
  for (const [index, plan] of plans.entries()) {
    const charged = [plan.priceId, plan.setupPriceId].flatMap((priceId) => (priceId === null ? [] : [{ priceId }]));
    assertSum(ofPlans.fail, ["plans", index, "setupPriceId"], "with the plan's first payment", charged);
    assertName(ofPlans.fail, ["plans", index, "name"], plan.name);
  }
  const setupIds = new Set(plans.map(({ setupPriceId }) => setupPriceId));
  for (const [index, { id, nickname }] of prices.entries()) {
    if (setupIds.has(id)) assertName(ofPrices.fail, ["prices", index, "nickname"], nickname);
  }
  return [...ofPrices.faults, ...ofOffers.faults, ...ofPlans.faults];

  /** A single price is held to the limit at its own field. */
  function assertSum(fail: Fail, path: Path, how: string, sold: readonly { readonly priceId: string }[]): void {
    const charged = sold.flatMap(({ priceId }) => priceById.get(priceId) ?? []);
    const currency = charged[0]?.currency;
    if (currency === undefined || charged.length < 2 || charged.some((price) => price.currency !== currency)) return;
    const { most } = chargeLimits(currency);
    const sum = charged.reduce((cents, price) => cents + price.unitAmountCents, 0);
    if (sum <= most) return;
    const text = moneyText(most, currency);
    fail(
      path,
      `must come to at most ${most} ${how}, and comes to ${sum}: Stripe charges no more than ${text}, so lower a price`,
    );
  }
}

type Fail = ReturnType<typeof checker>["fail"];

/** The payment page gets it as the name of a product. */
function assertName(fail: Fail, path: Path, name: string): void {
  if (name.length <= PRODUCT_NAME) return;
  fail(
    path,
    `must be at most ${PRODUCT_NAME} characters, Stripe's limit for a name, and has ${name.length}: shorten it`,
  );
}
