import { html } from "hono/html";
import { decideAndCommit, NO_CHANGE } from "./change.ts";
import { seconds } from "./clock.ts";
import { Refusal } from "./errors.ts";
import { formatAmount } from "./money.ts";
import { type Markup, page, seeOther } from "./page.ts";
import { formatRecurrence } from "./periods.ts";
import { openPortalSession, portalSessions } from "./portal-sessions.ts";
import { unpaidCollectedAgain } from "./renewals.ts";
import { reactivated } from "./resuming.ts";
import { inMode, type Sandbox } from "./sandbox.ts";
import { canceled, subscriptionUpdated } from "./subscription-changes.ts";
import {
  currentPeriod,
  isBilled,
  type StoredSubscription,
  subscriptions,
  type WireSubscription,
} from "./subscriptions.ts";

/** The `action` values of the page's buttons, with their labels. */
const ACTIONS = {
  pay: "Pay the open invoice",
  resume: "Keep the subscription",
  cancel_at_period_end: "Cancel at the end of the period",
  cancel_now: "Cancel now, without a refund",
} as const;
type Action = keyof typeof ACTIONS;

/** `GET /p/session/:secret`: the customer's subscriptions, each with its actions. */
export async function showPortalPage(sandbox: Sandbox, secret: string): Promise<Response> {
  const portal = await usedPortal(sandbox, secret);
  return portal === null ? notFoundPage() : portalPage(sandbox, portal);
}

/** `POST /p/session/:secret`: applies an action and redirects to the page; a refusal is shown on it. */
export async function submitPortalPage(sandbox: Sandbox, secret: string, form: FormData): Promise<Response> {
  const portal = await usedPortal(sandbox, secret);
  if (portal === null) return notFoundPage();
  const action = Object.keys(ACTIONS).find((known): known is Action => known === form.get("action"));
  const ofCustomer = await subscriptionsOf(sandbox, portal.customer);
  const chosen = ofCustomer.find(({ body }) => body.id === form.get("subscription"));
  if (action === undefined || chosen === undefined) {
    return page(
      "No button was pressed",
      html`<p>The form has no action of this page. Go back and press one of the buttons.</p>`,
      {
        status: 400,
      },
    );
  }
  const mode = inMode(sandbox, portal.livemode);
  try {
    await decideAndCommit(mode, async () => {
      const stored = await subscriptions.require(mode, chosen.body.id, "id");
      return applyAction(mode, stored, action);
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return portalPage(sandbox, portal, { notice: error.message, status: 409 });
  }
  return seeOther(`/p/session/${secret}`);
}

function applyAction(sandbox: Sandbox, stored: StoredSubscription, action: Action) {
  switch (action) {
    case "cancel_at_period_end":
      return subscriptionUpdated(sandbox, stored, cancellation(stored.body));
    case "cancel_now":
      return canceled(sandbox, stored, "cancellation_requested");
    case "pay":
      return unpaidCollectedAgain(sandbox, stored, "good");
    case "resume":
      return reactivated(sandbox, stored);
  }
}

/** The portal ends a flexible subscription by `cancel_at` alone ("Billing mode: cancellations in the customer portal"). */
function cancellation(subscription: WireSubscription) {
  return subscription.billing_mode.type === "flexible"
    ? { cancel_at: currentPeriod(subscription).end }
    : { cancel_at_period_end: true };
}

interface Portal {
  customer: string;
  livemode: boolean;
  return_url: string | null;
}

/** The portal of this address; each use extends it to an hour from now. */
async function usedPortal(sandbox: Sandbox, secret: string): Promise<Portal | null> {
  const { portal } = await decideAndCommit(sandbox, async () => {
    const found = await openPortalSession(sandbox, secret);
    if (found === null) return { portal: null, change: NO_CHANGE };
    const used = { ...found.hidden, usedAt: seconds(sandbox.now) };
    return {
      portal: found.body,
      change: { writes: portalSessions.replace(sandbox, found, found.body, used), events: [] },
    };
  });
  return portal;
}

function subscriptionsOf(sandbox: Sandbox, customer: string): Promise<StoredSubscription[]> {
  return subscriptions.all(sandbox, { sql: "json_extract(body, '$.customer') = ?", values: [customer] });
}

async function portalPage(
  sandbox: Sandbox,
  portal: Portal,
  { notice, status = 200 }: { notice?: string; status?: number } = {},
): Promise<Response> {
  const ofCustomer = await subscriptionsOf(sandbox, portal.customer);
  const back = portal.return_url === null ? html`` : html`<p><a href="${portal.return_url}">Return to the shop</a></p>`;
  const content = html`
    ${notice === undefined ? html`` : html`<p class="notice" role="alert">${notice}</p>`}
    ${ofCustomer.length === 0 ? html`<p>There is no subscription.</p>` : ofCustomer.map(subscriptionSection)}
    ${back}`;
  return page("Your subscriptions", content, { status });
}

function subscriptionSection({ body, hidden }: StoredSubscription): Markup {
  const heading = `heading-${body.id}`;
  return html`<section class="card" aria-labelledby="${heading}">
    <h2 id="${heading}">${hidden.name}</h2>
    <p>${priceOf(body)}</p>
    <p>${statusText(body)}</p>
    <form method="post">
      <input type="hidden" name="subscription" value="${body.id}" />
      ${offeredActions(body).map(
        (action) =>
          html`<button class="${action === "pay" || action === "resume" ? "first" : ""}" name="action" value="${action}">${labelOf(body, action)}</button>`,
      )}
    </form>
  </section>`;
}

function offeredActions({ status, cancel_at, pause_collection }: WireSubscription): Action[] {
  if (status === "canceled") return [];
  if (status === "paused") return ["resume", "cancel_now"];
  const pay: Action[] = status === "past_due" ? ["pay"] : [];
  const held = cancel_at !== null || pause_collection !== null;
  return [...pay, held ? "resume" : "cancel_at_period_end", "cancel_now"];
}

function labelOf(subscription: WireSubscription, action: Action): string {
  return action === "resume" && subscription.cancel_at === null ? "Resume the subscription" : ACTIONS[action];
}

function priceOf({ items }: WireSubscription): string {
  return items.data
    .map(
      ({ price, quantity }) =>
        `${formatAmount(price.unit_amount * quantity, price.currency)} ${formatRecurrence(price.recurring)}`,
    )
    .join(" and ");
}

function statusText(subscription: WireSubscription): Markup {
  const { status, cancel_at, ended_at, pause_collection } = subscription;
  if (status === "canceled") return html`Ended on ${day(ended_at)}.`;
  if (status === "paused") return html`Paused. Nothing is billed until you resume it.`;
  if (cancel_at !== null) return html`Ends on ${day(cancel_at)} and is not billed again.`;
  if (pause_collection !== null) return html`Active, and payments are paused.`;
  const next = day(currentPeriod(subscription).end);
  if (status === "past_due") return html`The last payment failed. The next invoice comes on ${next}.`;
  return isBilled(subscription) ? html`Active. Renews on ${next}.` : html`${status}`;
}

function day(epochSeconds: number | null): Markup {
  const iso = new Date((epochSeconds ?? 0) * 1000).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)}</time>`;
}

function notFoundPage(): Promise<Response> {
  const content = html`<p>There is no customer portal at this address, or its link has expired. Ask the shop for a new one.</p>`;
  return page("No such portal", content, { status: 404 });
}
