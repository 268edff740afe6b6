import { html } from "hono/html";
import { charges } from "./charges.ts";
import { invoices } from "./invoices.ts";
import { formatAmount } from "./money.ts";
import { page } from "./page.ts";
import type { Sandbox } from "./sandbox.ts";

/** `GET /receipts/:secret`: the receipt of a charge that succeeded, at its `receipt_url`. */
export async function showReceiptPage(sandbox: Sandbox, secret: string): Promise<Response> {
  const url = `${sandbox.env.PUBLIC_URL}/receipts/${secret}`;
  const [found] = await charges.all(sandbox, { sql: "json_extract(body, '$.receipt_url') = ?", values: [url] });
  if (found === undefined) return nothing("receipt");
  const { amount, amount_refunded: refunded, currency } = found.body;
  return page(
    "Receipt",
    html`<p>Paid: <strong>${formatAmount(amount, currency)}</strong></p>
      ${refunded > 0 ? html`<p>Refunded: ${formatAmount(refunded, currency)}</p>` : html``}`,
  );
}

/** `GET /i/:secret`: an invoice, at its `hosted_invoice_url`. */
export async function showInvoicePage(sandbox: Sandbox, secret: string): Promise<Response> {
  const url = `${sandbox.env.PUBLIC_URL}/i/${secret}`;
  const [found] = await invoices.all(sandbox, { sql: "json_extract(body, '$.hosted_invoice_url') = ?", values: [url] });
  if (found === undefined) return nothing("invoice");
  const { number, total, currency, status } = found.body;
  return page(
    `Invoice ${number}`,
    html`<p>Total: <strong>${formatAmount(total, currency)}</strong></p>
      <p>State: ${status}</p>`,
  );
}

function nothing(what: string): Promise<Response> {
  return page(`No such ${what}`, html`<p>There is no ${what} at this address.</p>`, { status: 404 });
}
