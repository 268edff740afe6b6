import type Stripe from "stripe";
import { type Change, decideAndCommit } from "./change.ts";
import { seconds } from "./clock.ts";
import { customers, newCustomer } from "./customers.ts";
import { refused } from "./errors.ts";
import { eventOf } from "./events.ts";
import { type AttemptResult, newPaymentIntent, paymentIntents } from "./payment-intents.ts";
import { paymentAttempted } from "./payments.ts";
import { inMode, type Sandbox } from "./sandbox.ts";
import { customerDetails, type StoredSession, sessions } from "./sessions.ts";
import { firstInvoiceSettled, paymentIntentOf, subscribed } from "./subscribing.ts";

type Session = Stripe.Checkout.Session;

/** A session after something happened to it, and what has to be committed for it. */
export interface SessionOutcome {
  session: StoredSession;
  change: Change;
}

/** What a buyer can do on the hosted page that reaches Stripe. */
export type PaymentOutcome = "paid" | "delayed" | "failed";

/**
 * The buyer tries to pay. `paid` and `delayed` complete the session; a declined card leaves it open, to be tried again.
 * Refuses a session that is not open.
 */
export async function checkoutAttempted(
  sandbox: Sandbox,
  stored: StoredSession,
  outcome: PaymentOutcome,
  email: string,
): Promise<SessionOutcome> {
  assertOpen(stored.body, "paid for");
  const result = { paid: "succeeded", delayed: "processing", failed: "declined" } as const;
  const attempt = await attempted(sandbox, stored, result[outcome], email);
  if (outcome === "failed") return changed(sandbox, stored, attempt.session, attempt.change);
  const { session, change } = await completed(sandbox, { ...stored, body: attempt.session }, outcome, email);
  return changed(sandbox, stored, session, {
    writes: [...attempt.change.writes, ...change.writes],
    events: [...attempt.change.events, ...change.events, eventOf(sandbox, "checkout.session.completed", session)],
  });
}

/** The money of a delayed payment arrives, or does not. Refuses a session that is not complete and unpaid. */
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
  const told = eventOf(sandbox, `checkout.session.async_payment_${outcome}`, session);
  return changed(sandbox, stored, session, { writes: change.writes, events: [...change.events, told] });
}

/** The session ends unpaid. Refuses a session that is not open, in Stripe's words. */
export function checkoutExpired(sandbox: Sandbox, stored: StoredSession): SessionOutcome {
  assertOpen(stored.body, "expired");
  const session: Session = { ...stored.body, status: "expired", url: null };
  return changed(sandbox, stored, session, {
    writes: [],
    events: [eventOf(sandbox, "checkout.session.expired", session)],
  });
}

/** Ends every open session whose time is over. Done at each look, so that nobody sees one that is open for too long. */
export async function expireOverdue(sandbox: Sandbox): Promise<void> {
  const overdue = {
    sql: "json_extract(body, '$.status') = 'open' AND json_extract(body, '$.expires_at') <= ?",
    values: [seconds(sandbox.now)],
  };
  for (const { body } of await sessions.all(sandbox, overdue)) {
    const byItself = { ...inMode(sandbox, body.livemode), cause: { id: null, idempotency_key: null } };
    await decideAndCommit(byItself, async () => {
      const stored = await sessions.require(byItself, body.id, "session");
      if (stored.body.status !== "open") return { change: { writes: [], events: [] } };
      return checkoutExpired(byItself, stored);
    });
  }
}

/** The session's payment intent after an attempt; none in subscription mode, where it belongs to the invoice, or when nothing is due. */
async function attempted(
  sandbox: Sandbox,
  { body, hidden }: StoredSession,
  result: AttemptResult,
  email: string | null,
): Promise<{ session: Session; change: Change }> {
  if (body.mode !== "payment" || body.payment_status === "no_payment_required") {
    return { session: body, change: { writes: [], events: [] } };
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
          }),
        };
  const { intent, change } = await paymentAttempted(sandbox, payable, result, email);
  return { session: { ...body, payment_intent: intent.id }, change };
}

/** The session once the buyer is done with it, with all that it brings about. */
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
  if (customer_creation !== "always") return { names: { customer: null }, change: { writes: [], events: [] } };
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
