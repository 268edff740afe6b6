import type Stripe from "stripe";
import { type Change, decideAndCommit, eventsOnly, NO_CHANGE, together } from "./change.ts";
import { seconds } from "./clock.ts";
import { customers, newCustomer } from "./customers.ts";
import { refused } from "./errors.ts";
import { eventOf } from "./events.ts";
import { type AttemptResult, newPaymentIntent, paymentIntents } from "./payment-intents.ts";
import { paymentAttempted } from "./payments.ts";
import { type Sandbox, withoutRequest } from "./sandbox.ts";
import { calculated } from "./session-tax.ts";
import { customerDetails, type StoredSession, sessions } from "./sessions.ts";
import { firstInvoiceSettled, paymentIntentOf, subscribed } from "./subscribing.ts";

type Session = Stripe.Checkout.Session;

/** A session in its new state, and the change that stores it. */
export interface SessionOutcome {
  session: StoredSession;
  change: Change;
}

/** The outcomes of an attempt to pay on the hosted page. */
export type PaymentOutcome = "paid" | "delayed" | "failed";

/**
 * The buyer attempts to pay. `paid` and `delayed` complete the session; `failed` leaves it open for another attempt.
 * Refuses a session that is not open.
 */
export async function checkoutAttempted(
  sandbox: Sandbox,
  asked: StoredSession,
  outcome: PaymentOutcome,
  email: string,
): Promise<SessionOutcome> {
  assertOpen(asked.body, "paid for");
  const stored = calculated(asked, sandbox.account);
  const result = { paid: "succeeded", delayed: "processing", failed: "declined" } as const;
  const attempt = await attempted(sandbox, stored, result[outcome], email);
  if (outcome === "failed") return changed(sandbox, stored, attempt.session, attempt.change);
  const { session, change } = await completed(sandbox, { ...stored, body: attempt.session }, outcome, email);
  const event = eventOf(sandbox, "checkout.session.completed", session);
  return changed(sandbox, stored, session, together(attempt.change, change, eventsOnly(event)));
}

/** A delayed payment succeeds or fails. Refuses a session that is not complete and unpaid. */
export async function checkoutSettled(
  sandbox: Sandbox,
  stored: StoredSession,
  outcome: "succeeded" | "failed",
): Promise<SessionOutcome> {
  const { status, payment_status } = stored.body;
  const intent = await paymentIntentOf(sandbox, stored.body);
  if (status !== "complete" || payment_status !== "unpaid" || intent?.status !== "processing") {
    throw refused(`This Checkout Session awaits no delayed payment: it is ${status} and ${payment_status}.`);
  }
  const { change } =
    stored.body.mode === "subscription"
      ? { change: await firstInvoiceSettled(sandbox, stored.body, outcome) }
      : await attempted(sandbox, stored, outcome === "succeeded" ? "succeeded" : "declined", null);
  const session: Session = outcome === "succeeded" ? { ...stored.body, payment_status: "paid" } : stored.body;
  const event = eventOf(sandbox, `checkout.session.async_payment_${outcome}`, session);
  return changed(sandbox, stored, session, together(change, eventsOnly(event)));
}

/** The session ends unpaid. Refuses a session that is not open. */
export function checkoutExpired(sandbox: Sandbox, stored: StoredSession): SessionOutcome {
  assertOpen(stored.body, "expired");
  const session: Session = { ...stored.body, status: "expired", url: null };
  return changed(sandbox, stored, session, eventsOnly(eventOf(sandbox, "checkout.session.expired", session)));
}

/** Expires every open session after its `expires_at`. Each request starts with it, so no answer shows such a session as open. */
export async function expireOverdue(sandbox: Sandbox): Promise<void> {
  const overdue = {
    sql: "json_extract(body, '$.status') = 'open' AND json_extract(body, '$.expires_at') <= ?",
    values: [seconds(sandbox.now)],
  };
  for (const { body } of await sessions.all(sandbox, overdue)) {
    const inItsMode = withoutRequest(sandbox, body.livemode);
    await decideAndCommit(inItsMode, async () => {
      const stored = await sessions.require(inItsMode, body.id, "session");
      if (stored.body.status !== "open") return { change: NO_CHANGE };
      return checkoutExpired(inItsMode, stored);
    });
  }
}

/** The session with its payment intent after an attempt. Unchanged in subscription mode, where the invoice has the intent, and when nothing is due. */
async function attempted(
  sandbox: Sandbox,
  { body, hidden }: StoredSession,
  result: AttemptResult,
  email: string | null,
): Promise<{ session: Session; change: Change }> {
  if (body.mode !== "payment" || body.payment_status === "no_payment_required") {
    return { session: body, change: NO_CHANGE };
  }
  const payable =
    typeof body.payment_intent === "string"
      ? { stored: await paymentIntents.require(sandbox, body.payment_intent, "payment_intent") }
      : {
          fresh: newPaymentIntent(sandbox, {
            amount: body.amount_total ?? 0,
            currency: body.currency ?? "usd",
            metadata: hidden.paymentIntentMetadata,
            description: hidden.description,
            managed: body.managed_payments?.enabled === true,
            presented: hidden.presented,
          }),
        };
  const { intent, change } = await paymentAttempted(sandbox, payable, result, email, null);
  return { session: { ...body, payment_intent: intent.id }, change };
}

/** The completed session, with the customer or the subscription that it creates. */
async function completed(
  sandbox: Sandbox,
  stored: StoredSession,
  outcome: "paid" | "delayed",
  email: string,
): Promise<{ session: Session; change: Change }> {
  const { body } = stored;
  const { names, change } =
    body.mode === "subscription"
      ? await subscribed(sandbox, stored, outcome, email)
      : withCustomer(sandbox, body, email);
  const session: Session = {
    ...body,
    ...names,
    status: "complete",
    payment_status: outcome === "paid" && body.payment_status === "unpaid" ? "paid" : body.payment_status,
    customer_details: customerDetails(email),
    url: null,
  };
  return { session, change };
}

function withCustomer(
  sandbox: Sandbox,
  { customer_creation, currency }: Session,
  email: string,
): { names: { customer: string | null }; change: Change } {
  if (customer_creation !== "always") return { names: { customer: null }, change: NO_CHANGE };
  const customer = newCustomer(sandbox, { email, currency: currency ?? "usd" });
  return {
    names: { customer: customer.id },
    change: { writes: customers.insert(sandbox, customer, null), events: [] },
  };
}

function changed(sandbox: Sandbox, stored: StoredSession, session: Session, change: Change): SessionOutcome {
  return {
    session: { ...stored, body: session },
    change: { ...change, writes: [...sessions.replace(sandbox, stored, session), ...change.writes] },
  };
}

function assertOpen(session: Session, verb: string): void {
  if (session.status === "open") return;
  throw refused(
    `Only Checkout Sessions with a status in ["open"] can be ${verb}. This Checkout Session has a status of \`${session.status}\`.`,
  );
}
