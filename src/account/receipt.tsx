import type { Child } from "hono/jsx";
import { orderNumberOf } from "../base/order-number.ts";
import type { IntentRow, LineRow } from "../db/checkouts.ts";
import type { BusinessRow } from "../db/operations.ts";
import { Facts, Table } from "../pages/elements.tsx";
import { Day, Money, OwnWords, When } from "../pages/locale.tsx";
import type { Paid } from "./paid.ts";

/** What a receipt says: who paid what to whom, when, with which tax, and what came back. */
interface ReceiptOf {
  readonly intent: IntentRow;
  readonly lines: readonly LineRow[];
  readonly paid: readonly Paid[];
  readonly business: BusinessRow;
  readonly account: { readonly name: string; readonly email: string };
  /** What stands at the end of the line of one payment. */
  readonly more: (paid: Paid) => Child;
}

/** The receipt of an order that was paid, as it is read and printed. */
export function Receipt({ intent, lines, paid, business, account, more }: ReceiptOf) {
  const [newest] = paid;
  const first = paid.at(-1);
  return (
    <section aria-label="Receipt" class="receipt">
      <h2>Receipt</h2>
      {intent.stripeMode === "sandbox" && (
        <p>
          <strong>This was a test. No real money was paid.</strong>
        </p>
      )}
      <Facts
        facts={[
          ["Order", orderNumberOf(intent.id)],
          first?.at != null && ["Paid on", <When at={first.at} />],
          [
            "Paid to",
            <>
              <OwnWords>{business.name}</OwnWords>,{" "}
              <a href={`mailto:${business.supportEmail}`}>{business.supportEmail}</a>
            </>,
          ],
          [
            "Account",
            <>
              <bdi>{account.name}</bdi>, {account.email}
            </>,
          ],
        ]}
      />
      <table>
        <caption class="soft">What was ordered</caption>
        <tbody>
          {lines.map(({ name, unitAmountCents }) => (
            <tr>
              <th scope="row">
                <OwnWords>{name}</OwnWords>
              </th>
              <td class="amount">
                <Money cents={unitAmountCents} currency={intent.currency} />
              </td>
            </tr>
          ))}
          {!newest?.period && newest && <Sums paid={newest} intent={intent} />}
        </tbody>
      </table>
      {newest && !newest.period && more(newest)}
      {newest?.period && <Periods paid={paid} more={more} />}
    </section>
  );
}

/** Tax, total, and what came back, of an order that is paid once. */
function Sums({ paid, intent }: { paid: Paid; intent: IntentRow }) {
  const { cents, currency, taxCents, returnedCents } = paid;
  const rows: (readonly [string, number] | false)[] = [
    taxCents !== null && [intent.taxBehavior === "inclusive" ? "Tax, included" : "Tax", taxCents],
    ["Paid", cents],
    returnedCents > 0 && ["Came back", returnedCents],
  ];
  return (
    <>
      {rows
        .filter((row) => row !== false)
        .map(([label, amount]) => (
          <tr>
            <th scope="row">
              <strong>{label}</strong>
            </th>
            <td class="amount">
              <strong>
                <Money cents={amount} currency={currency} />
              </strong>
            </td>
          </tr>
        ))}
    </>
  );
}

function Periods({ paid, more }: { paid: readonly Paid[]; more: (paid: Paid) => Child }) {
  return (
    <Table
      label="Payments"
      head={["Paid for", "Paid on", "Paid", "Tax in it", "Came back", "Stripe"]}
      empty="Nothing was paid yet."
      rows={paid.map((one) => [
        one.period && (
          <>
            <Day at={one.period.start} /> to <Day at={one.period.end} />
          </>
        ),
        one.at !== null && <Day at={one.at} />,
        <Money cents={one.cents} currency={one.currency} />,
        one.taxCents !== null && <Money cents={one.taxCents} currency={one.currency} />,
        one.returnedCents > 0 && <Money cents={one.returnedCents} currency={one.currency} />,
        more(one),
      ])}
    />
  );
}
