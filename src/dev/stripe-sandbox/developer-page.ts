import { html } from "hono/html";
import { listDeliveries } from "./deliveries.ts";
import { formatAmount } from "./money.ts";
import { page } from "./page.ts";
import type { Sandbox } from "./sandbox.ts";
import { sessions } from "./sessions.ts";

const SHOWN = 50;

/** `GET /`: the newest sessions and deliveries, for a developer. */
export async function showDeveloperPage(sandbox: Sandbox): Promise<Response> {
  const newest = (await sessions.all(sandbox, { sql: "1 = 1", values: [] })).reverse().slice(0, SHOWN);
  const deliveries = (await listDeliveries(sandbox, { pending: false })).reverse().slice(0, SHOWN);
  const content = html`
    <p>Time here: <time>${new Date(sandbox.now).toISOString()}</time>. Deliveries: ${sandbox.env.DELIVERY}, to ${sandbox.env.WEBHOOK_URL || "nowhere"}.</p>
    <h2>Sessions</h2>
    <table>
      <thead>
        <tr><th>Session</th><th>For</th><th>Mode</th><th>Status</th><th>Payment</th><th class="amount">Total</th></tr>
      </thead>
      <tbody>
        ${newest.map(
          ({ body }) => html`<tr>
            <td>${body.url === null ? body.id.slice(0, 20) : html`<a href="${body.url}">${body.id.slice(0, 20)}</a>`}…</td>
            <td>${body.client_reference_id ?? ""}</td>
            <td>${body.mode}</td>
            <td>${body.status}</td>
            <td>${body.payment_status}</td>
            <td class="amount">${formatAmount(body.amount_total ?? 0, body.currency ?? "usd")}</td>
          </tr>`,
        )}
      </tbody>
    </table>
    <h2>Deliveries</h2>
    <table>
      <thead>
        <tr><th>Event</th><th>Type</th><th>State</th><th>Attempts</th><th>Last answer</th></tr>
      </thead>
      <tbody>
        ${deliveries.map(
          (delivery) => html`<tr>
            <td>${delivery.eventId}</td>
            <td>${delivery.type}</td>
            <td>${delivery.state}</td>
            <td>${delivery.attempts}</td>
            <td>${delivery.lastStatus ?? ""}</td>
          </tr>`,
        )}
      </tbody>
    </table>`;
  return page("Sessions and deliveries", content, { wide: true });
}
