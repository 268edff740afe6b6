import { BUMPS_AT_ONCE } from "../commerce/checkout/offers.ts";
import { checkoutText, totalCents } from "../commerce/confirmation-texts.ts";
import { ROUTES } from "../commerce/routes.ts";
import { taxedText, taxOf } from "../commerce/tax.ts";
import type { OfferRow } from "../db/offers.ts";
import type { BusinessRow } from "../db/operations.ts";
import { Amounts } from "../pages/locale.tsx";
import { quotedText } from "../pages/untrusted-text.ts";
import { type Starter, StartForm } from "./start-form.tsx";

/** What stands between the ids of the bumps in one field. */
export const BETWEEN_IDS = " ";

interface Buying {
  readonly row: OfferRow;
  /** Those on sale. */
  readonly bumps: readonly OfferRow[];
  readonly version: number;
  readonly business: BusinessRow;
  readonly form: Starter;
}

/**
 * The buttons that buy an offer: by itself, with each bump, and with all of them. Each has its own text above it, since what
 * is confirmed is exactly what is bought; an assistant orders any other choice of bumps.
 */
export function BuyForms(buying: Buying) {
  const { bumps } = buying;
  const choices = [
    ...bumps.map((bump) => [bump]),
    ...(bumps.length > 1 && bumps.length <= BUMPS_AT_ONCE ? [bumps] : []),
  ];
  const withBumps = choices.map((chosen) => <BuyForm {...buying} chosen={chosen} />);
  return (
    <>
      <BuyForm {...buying} chosen={[]} />
      {choices.length > 1 ? (
        <details>
          <summary>Buy with more</summary>
          {withBumps}
        </details>
      ) : (
        withBumps
      )}
    </>
  );
}

function BuyForm({ row, chosen, version, business, form }: Omit<Buying, "bumps"> & { chosen: readonly OfferRow[] }) {
  const others = chosen.map(({ price }) => price);
  const { price, offer } = row;
  const bought = [offer, ...chosen.map((bump) => bump.offer)];
  const tax = taxOf(business, [price, ...others]);
  return (
    <StartForm
      action={ROUTES.offers}
      form={form}
      text={checkoutText(business, price, others)}
      version={version}
      wish={{
        offerId: offer.publicOfferId,
        ...(chosen.length > 0 && {
          orderBumpIds: chosen.map((bump) => bump.offer.publicOfferId).join(BETWEEN_IDS),
        }),
      }}
      primary={chosen.length === 0}
    >
      <Amounts
        of={(write) => {
          const total = taxedText(totalCents(price, others), price.currency, tax, write);
          return `Buy ${bought.map(({ name }) => quotedText(name)).join(" with ")}, ${total}`;
        }}
      />
    </StartForm>
  );
}
