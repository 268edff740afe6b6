import { html } from "hono/html";
import { decideAndCommit } from "./change.ts";
import { Refusal } from "./errors.ts";
import { formatAmount } from "./money.ts";
import { checkoutAttempted, type PaymentOutcome } from "./outcomes.ts";
import { page, seeOther } from "./page.ts";
import { formatRecurrence } from "./periods.ts";
import { inMode, type Sandbox } from "./sandbox.ts";
import { type StoredSession, sessions } from "./sessions.ts";

const DEFAULT_EMAIL = "test@example.com";
/** The values of the page's buttons. */
const OUTCOMES = ["paid", "delayed", "failed", "canceled"] as const;

/** `GET /c/pay/:id`: the page on which the buyer pays. */
export async function showHostedPage(sandbox: Sandbox, id: string): Promise<Response> {
  const stored = await findSession(sandbox, id);
  if (stored === null) return notFoundPage();
  return stored.body.status === "open" ? payPage(stored, DEFAULT_EMAIL, false) : closedPage(stored);
}

/** `POST /c/pay/:id`: the buyer submits the page. Of two submissions at once one pays; the other finds a completed session. */
export async function submitHostedPage(sandbox: Sandbox, id: string, form: FormData): Promise<Response> {
  const stored = await findSession(sandbox, id);
  if (stored === null) return notFoundPage();
  const outcome = OUTCOMES.find((known) => known === form.get("outcome"));
  const email = emailIn(form);
  if (outcome === undefined) {
    return page("No button was pressed", html`<p>The form has no outcome. Go back and press one of the buttons.</p>`, {
      status: 400,
    });
  }
  if (stored.body.status !== "open") return closedPage(stored);
  if (outcome === "canceled") {
    return stored.body.cancel_url === null
      ? page("Canceled", html`<p>This checkout has no cancel address. It is still open.</p>`)
      : seeOther(stored.body.cancel_url);
  }
  try {
    const mode = inMode(sandbox, stored.body.livemode);
    const { session } = await payHosted(mode, id, outcome, email);
    if (outcome === "failed") return payPage(session, email, true);
    return seeOther((session.body.success_url ?? "").replaceAll("{CHECKOUT_SESSION_ID}", id));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return closedPage((await findSession(sandbox, id)) ?? stored);
  }
}

/** The buyer's attempt to pay. Refuses a session that is not open. */
export function payHosted(sandbox: Sandbox, id: string, outcome: PaymentOutcome, email: string) {
  return decideAndCommit(sandbox, async () => {
    const stored = await sessions.require(sandbox, id, "session");
    return checkoutAttempted(sandbox, stored, outcome, stored.body.customer_email ?? email);
  });
}

/** The session of either mode: a hosted page has no API key. */
export async function findSession(sandbox: Sandbox, id: string): Promise<StoredSession | null> {
  return (await sessions.find(inMode(sandbox, false), id)) ?? sessions.find(inMode(sandbox, true), id);
}

function payPage({ body, hidden }: StoredSession, email: string, declined: boolean): Promise<Response> {
  const currency = body.currency ?? "usd";
  const notice = declined
    ? html`<p class="notice" role="alert"><strong>Your card was declined.</strong> Nothing was paid. You can try again.</p>`
    : html``;
  const content = html`
    ${notice}
    <table>
      <thead>
        <tr><th scope="col">Product</th><th scope="col">Quantity</th><th scope="col" class="amount">Amount</th></tr>
      </thead>
      <tbody>
        ${hidden.lineItems.map((item) => {
          const recurring = item.price.recurring;
          const every = recurring ? ` ${formatRecurrence(recurring)}` : "";
          return html`<tr>
            <td>${item.description}</td>
            <td>${item.quantity}</td>
            <td class="amount">${formatAmount(item.amount_total, item.currency)}${every}</td>
          </tr>`;
        })}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colspan="2">Total due today</th>
          <td class="amount"><strong>${formatAmount(body.amount_total ?? 0, currency)}</strong></td>
        </tr>
      </tfoot>
    </table>
    <form method="post">
      <label>
        E-mail
        <input type="email" name="email" value="${body.customer_email ?? email}" autocomplete="off" />
      </label>
      <button class="first" name="outcome" value="paid">Pay</button>
      <button name="outcome" value="delayed">Pay later: complete now, the money arrives or fails afterwards</button>
      <button name="outcome" value="failed">Fail: the card is declined</button>
      <button name="outcome" value="canceled">Cancel and go back</button>
    </form>`;
  return page("Checkout", content, { status: declined ? 402 : 200 });
}

function closedPage({ body }: StoredSession): Promise<Response> {
  return body.status === "expired"
    ? page("This checkout has expired", html`<p>It can no longer be paid. Nothing was paid here.</p>`, { status: 410 })
    : page("This checkout is complete", html`<p>It was completed before and can't be paid again.</p>`, { status: 409 });
}

function notFoundPage(): Promise<Response> {
  return page("No such checkout", html`<p>There is no checkout at this address.</p>`, { status: 404 });
}

function emailIn(form: FormData): string {
  const email = form.get("email");
  return typeof email === "string" && email.trim() !== "" ? email.trim().slice(0, 800) : DEFAULT_EMAIL;
}
