import type { Account } from "./account.ts";
import type { WireLineItem } from "./line-items.ts";
import { presentedAmount } from "./presentment.ts";
import type { StoredSession } from "./sessions.ts";
import { added, sum, taxOn, taxPercent } from "./tax.ts";

/**
 * The session once the buyer has given an address and chosen a currency: Stripe calculates the tax then, and not when the
 * session is created. Unchanged without tax and presentment.
 */
export function calculated(stored: StoredSession, account: Account): StoredSession {
  const percent = taxPercent(stored.body, account);
  const lineItems =
    percent === null ? stored.hidden.lineItems : stored.hidden.lineItems.map((line) => taxedLine(line, percent));
  const total = lineItems.reduce((amount, line) => amount + line.amount_total, 0);
  const { presented } = stored.hidden;
  return {
    ...stored,
    body: {
      ...stored.body,
      amount_total: total,
      total_details: {
        amount_discount: 0,
        amount_shipping: 0,
        amount_tax: lineItems.reduce((amount, line) => amount + line.amount_tax, 0),
      },
      ...(percent === null ? {} : { automatic_tax: { ...stored.body.automatic_tax, status: "complete" as const } }),
      ...(presented === null ? {} : { presentment_details: presentedAmount(total, presented) }),
    },
    hidden: { ...stored.hidden, lineItems },
  };
}

function taxedLine(line: WireLineItem, percent: number): WireLineItem {
  const tax = taxOn(line.amount_subtotal, line.price, percent);
  return { ...line, amount_tax: sum([tax]), amount_total: line.amount_subtotal + added([tax]) };
}
