import type Stripe from "stripe";
import type { LoggedCall } from "./call-log.ts";
import type { Delivery } from "./deliveries.ts";
import type { DisputeStatus } from "./disputes.ts";
import type { WireEvent } from "./events.ts";
import type { FaultRequest } from "./faults.ts";
import type { EventRequest } from "./injected-event.ts";
import type { WireLineItem } from "./line-items.ts";
import type { DisputeRequest, RefundRequest } from "./money-control.ts";
import type { SubscriptionRequest } from "./subscription-control.ts";
import type { WireSubscription } from "./subscriptions.ts";

export { signBody } from "./signature.ts";
export type {
  Delivery,
  DisputeRequest,
  DisputeStatus,
  EventRequest,
  FaultRequest,
  LoggedCall,
  RefundRequest,
  SubscriptionRequest,
  WireEvent,
  WireSubscription,
};

/** A session as the control API lists it, with its line items. */
export type SandboxSession = Omit<Stripe.Checkout.Session, "line_items"> & { line_items: WireLineItem[] };

/** The control API of a running sandbox, for tests and scripts. `fetcher` gets a path, and answers as `fetch` does. */
export function sandboxClient(fetcher: (path: string, init?: RequestInit) => Promise<Response>) {
  /** The types are those that the control API answers with; both sides stand in this folder. */
  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init = { method, headers: { "content-type": "application/json" } };
    const response = await fetcher(
      `/_sandbox${path}`,
      body === undefined ? init : { ...init, body: JSON.stringify(body) },
    );
    const answer = await response.text();
    if (!response.ok) throw new Error(`The sandbox answered ${response.status} to ${method} ${path}: ${answer}`);
    return JSON.parse(answer) as T;
  }

  return {
    /** Every API call so far, in the order of arrival. */
    calls: () => call<LoggedCall[]>("GET", "/calls"),
    /** Every session, oldest first. */
    sessions: () => call<SandboxSession[]>("GET", "/sessions"),
    /** The buyer presses a button of the hosted page. */
    pay: (sessionId: string, outcome: "paid" | "delayed" | "failed", email?: string) =>
      call<Stripe.Checkout.Session>(
        "POST",
        `/sessions/${sessionId}/pay`,
        email === undefined ? { outcome } : { outcome, email },
      ),
    /** A delayed payment arrives or fails. */
    settle: (sessionId: string, outcome: "succeeded" | "failed") =>
      call<Stripe.Checkout.Session>("POST", `/sessions/${sessionId}/settle`, { outcome }),
    /** An open session ends now. */
    expire: (sessionId: string) => call<Stripe.Checkout.Session>("POST", `/sessions/${sessionId}/expire`),
    /** Every subscription of both modes, oldest first. */
    subscriptions: () => call<WireSubscription[]>("GET", "/subscriptions"),
    /** Makes something happen to a subscription; see `subscription-control.ts`. */
    subscription: (id: string, asked: SubscriptionRequest) =>
      call<WireSubscription>("POST", `/subscriptions/${id}`, asked),
    /** The shop gives money back, from Stripe's dashboard: names `charge`, `paymentIntent` or `invoice`. */
    refund: (asked: RefundRequest) => call<Stripe.Refund>("POST", "/refunds", asked),
    /** A pending refund arrives; or any refund comes back. */
    settleRefund: (refundId: string, outcome: "succeeded" | "failed") =>
      call<Stripe.Refund>("POST", `/refunds/${refundId}/settle`, { outcome }),
    /** The buyer's bank opens a dispute: names `charge`, `paymentIntent` or `invoice`. */
    dispute: (asked: DisputeRequest) => call<Stripe.Dispute>("POST", "/disputes", asked),
    /** A dispute moves on; `won`, `lost` and `warning_closed` close it. */
    moveDispute: (disputeId: string, status: DisputeStatus) =>
      call<Stripe.Dispute>("POST", `/disputes/${disputeId}`, { status }),
    /** Deliveries in their order, signed for now. */
    deliveries: (only: { pending: boolean } = { pending: false }) =>
      call<Delivery[]>("GET", only.pending ? "/deliveries?pending=1" : "/deliveries"),
    /** Sends one delivery, sent before or not. */
    send: (deliveryId: string) => call<Delivery>("POST", `/deliveries/${deliveryId}/send`),
    /** Sends everything that waits, in order, without regard to back-off. */
    sendAll: () => call<{ attempts: number }>("POST", "/deliveries/send-all"),
    /** Makes an event out of thin air. */
    event: (event: EventRequest) => call<WireEvent>("POST", "/events", event),
    /** Empties the event list; what waits to be delivered still does. */
    forgetEvents: () => call<{ forgotten: number }>("POST", "/events/forget"),
    /** Asks for a fault. */
    fault: (fault: FaultRequest) => call<FaultRequest>("POST", "/faults", fault),
    /** Forgets all faults and lets go what they hold. */
    clearFaults: () => call<{ cleared: true }>("DELETE", "/faults"),
    /** Moves the sandbox's clock, and does what time brings: expiries, renewals, cancellations. */
    advanceClock: (advanceSeconds: number) => call<{ now: string }>("POST", "/clock", { advanceSeconds }),
    /** Does what is due: retries, expiries and renewals. */
    tick: () => call<{ now: string; attempts: number }>("POST", "/tick"),
    /** Empties everything and sets the clock right. */
    reset: () => call<{ reset: true }>("POST", "/reset"),
  };
}

/** The control API of a running sandbox. */
export type SandboxClient = ReturnType<typeof sandboxClient>;
