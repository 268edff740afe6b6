import type { WriteMoney } from "../base/shown.ts";
import { intervalOf } from "../commerce/interval.ts";
import { taxedText } from "../commerce/tax.ts";
import type { IntentRow, pricedLinesOf } from "../db/checkouts.ts";
import { Amounts, Money, OwnWords } from "../pages/locale.tsx";

type PricedLine = Awaited<ReturnType<typeof pricedLinesOf>>[number];

/** The lines of an order with its tax and total, as it was confirmed, or as Stripe told it. */
export function OrderTable({ intent, lines }: { intent: IntentRow; lines: readonly PricedLine[] }) {
  const tax = intent.taxBehavior === null ? null : intent.taxCents;
  const [first] = lines;
  return (
    <table>
      <caption class="soft">Your order</caption>
      <tbody>
        {lines.map(({ line, price }) => (
          <tr>
            <th scope="row">
              <OwnWords>{line.name}</OwnWords>
            </th>
            <td class="amount">
              <Money cents={line.unitAmountCents} currency={intent.currency} />
              {intent.planSlug && line.role === "primary" && ` a ${intervalOf(price)}`}
            </td>
          </tr>
        ))}
        {tax !== null && (
          <tr>
            <th scope="row">{intent.taxBehavior === "inclusive" ? "Tax, included" : "Tax"}</th>
            <td class="amount">
              <Money cents={tax} currency={intent.currency} />
            </td>
          </tr>
        )}
        <tr>
          <th scope="row">{intent.planSlug && first ? `Total for the first ${intervalOf(first.price)}` : "Total"}</th>
          <td class="amount">
            <strong>
              <Amounts of={(write) => totalText(intent, write)} />
            </strong>
          </td>
        </tr>
      </tbody>
    </table>
  );
}

/** With its tax, once Stripe has told it; until then as it was confirmed. */
function totalText({ amountCents, currency, taxBehavior, taxCents }: IntentRow, write: WriteMoney): string {
  if (taxBehavior === null || taxCents === null) return taxedText(amountCents, currency, taxBehavior, write);
  return write(taxBehavior === "exclusive" ? amountCents + taxCents : amountCents, currency);
}
