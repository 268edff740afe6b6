import type Stripe from "stripe";
import { type Change, decideAndCommit } from "./change.ts";
import { seconds } from "./clock.ts";
import { Refusal } from "./errors.ts";
import { eventOf } from "./events.ts";
import { newId } from "./ids.ts";
import {
  ATTEMPT_EVENTS,
  type AttemptResult,
  afterAttempt,
  newPaymentIntent,
  paymentIntents,
} from "./payment-intents.ts";
import { inMode, type Sandbox } from "./sandbox.ts";
import { customerDetails, type StoredSession, sessions } from "./sessions.ts";

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
  const attempt = await attempted(sandbox, stored, result[outcome]);
  const session = outcome === "failed" ? attempt.session : completed(attempt.session, outcome, email);
  const told = outcome === "failed" ? [] : [eventOf(sandbox, "checkout.session.completed", session)];
  return changed(sandbox, stored, session, {
    writes: attempt.change.writes,
    events: [...attempt.change.events, ...told],
  });
}

/** The money of a delayed payment arrives, or does not. Refuses a session that is not complete and unpaid. */
export async function checkoutSettled(
  sandbox: Sandbox,
  stored: StoredSession,
  outcome: "succeeded" | "failed",
): Promise<SessionOutcome> {
  const { status, payment_status } = stored.body;
  if (status !== "complete" || payment_status !== "unpaid" || (await alreadyFailed(sandbox, stored.body))) {
    throw refused(`This Checkout Session awaits no delayed payment: it is ${status} and ${payment_status}.`);
  }
  const attempt = await attempted(sandbox, stored, outcome === "succeeded" ? "succeeded" : "declined");
  const session: Session = outcome === "succeeded" ? { ...attempt.session, payment_status: "paid" } : attempt.session;
  const told = eventOf(sandbox, `checkout.session.async_payment_${outcome}`, session);
  return changed(sandbox, stored, session, { writes: attempt.change.writes, events: [...attempt.change.events, told] });
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
): Promise<{ session: Session; change: Change }> {
  if (body.mode !== "payment" || body.payment_status === "no_payment_required") {
    return { session: body, change: { writes: [], events: [] } };
  }
  if (typeof body.payment_intent === "string") {
    const read = await paymentIntents.require(sandbox, body.payment_intent, "payment_intent");
    const intent = afterAttempt(read.body, result);
    const writes = paymentIntents.replace(sandbox, read, intent);
    return { session: body, change: { writes, events: [eventOf(sandbox, ATTEMPT_EVENTS[result], intent)] } };
  }
  const fresh = newPaymentIntent(sandbox, {
    amount: body.amount_total ?? 0,
    currency: body.currency ?? "usd",
    metadata: hidden.paymentIntentMetadata,
  });
  const intent = afterAttempt(fresh, result);
  return {
    session: { ...body, payment_intent: intent.id },
    change: {
      writes: paymentIntents.insert(sandbox, intent, null),
      events: [eventOf(sandbox, ATTEMPT_EVENTS[result], intent)],
    },
  };
}

function completed(session: Session, outcome: "paid" | "delayed", email: string): Session {
  const paid = outcome === "paid" && session.payment_status === "unpaid";
  const billing =
    session.mode === "subscription"
      ? { customer: newId("cus", 14), subscription: newId("sub"), invoice: newId("in") }
      : { customer: session.customer_creation === "always" ? newId("cus", 14) : null };
  return {
    ...session,
    ...billing,
    status: "complete",
    payment_status: paid ? "paid" : session.payment_status,
    customer_details: customerDetails(email),
    url: null,
  };
}

/** A delayed payment that failed once stays failed: its payment intent carries the error. */
async function alreadyFailed(sandbox: Sandbox, session: Session): Promise<boolean> {
  if (typeof session.payment_intent !== "string") return false;
  const { body } = await paymentIntents.require(sandbox, session.payment_intent, "payment_intent");
  return body.status !== "processing";
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

function refused(message: string): Refusal {
  return new Refusal(400, { type: "invalid_request_error", message });
}
