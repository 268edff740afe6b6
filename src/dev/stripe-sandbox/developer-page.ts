import { html } from "hono/html";
import { listDeliveries } from "./deliveries.ts";
import { formatAmount } from "./money.ts";
import { page } from "./page.ts";
import type { Sandbox } from "./sandbox.ts";
import { sessions } from "./sessions.ts";
import { currentPeriod, subscriptions } from "./subscriptions.ts";

const SHOWN = 50;

/** `GET /`: the newest sessions, subscriptions and deliveries, for a developer. */
export async function showDeveloperPage(sandbox: Sandbox): Promise<Response> {
  const newest = (await sessions.all(sandbox)).reverse().slice(0, SHOWN);
  const subscribed = (await subscriptions.all(sandbox)).reverse().slice(0, SHOWN);
  const deliveries = (await listDeliveries(sandbox, { pending: false })).reverse().slice(0, SHOWN);
  const content = html`
    <p>Sandbox time: <time>${new Date(sandbox.now).toISOString()}</time>. Deliveries: ${sandbox.env.DELIVERY}, to ${sandbox.env.WEBHOOK_URL || "nowhere"}.</p>
    <h2>Sessions</h2>
    <div class="scroll" tabindex="0"><table>
      <thead>
        <tr><th scope="col">Session</th><th scope="col">For</th><th scope="col">Mode</th><th scope="col">Status</th><th scope="col">Payment</th><th scope="col" class="amount">Total</th></tr>
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
    </table></div>
    <h2>Subscriptions</h2>
    <div class="scroll" tabindex="0"><table>
      <thead>
        <tr><th scope="col">Subscription</th><th scope="col">Customer</th><th scope="col">Status</th><th scope="col">Period ends</th><th scope="col">Latest invoice</th></tr>
      </thead>
      <tbody>
        ${subscribed.map(
          ({ body }) => html`<tr>
            <td>${body.id}</td>
            <td>${body.customer}</td>
            <td>${body.status}${body.cancel_at === null ? "" : ", to be canceled"}</td>
            <td>${new Date(currentPeriod(body).end * 1000).toISOString().slice(0, 10)}</td>
            <td>${body.latest_invoice ?? ""}</td>
          </tr>`,
        )}
      </tbody>
    </table></div>
    <h2>Deliveries</h2>
    <div class="scroll" tabindex="0"><table>
      <thead>
        <tr><th scope="col">Event</th><th scope="col">Type</th><th scope="col">State</th><th scope="col">Attempts</th><th scope="col">Last answer</th></tr>
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
    </table></div>`;
  return page("Sessions, subscriptions, deliveries", content, { wide: true });
}
