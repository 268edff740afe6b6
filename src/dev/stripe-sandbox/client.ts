import type Stripe from "stripe";
import type { Account, AccountChange } from "./account.ts";
import type { LoggedCall } from "./call-log.ts";
import type { Delivery } from "./deliveries.ts";
import type { DisputeStatus } from "./disputes.ts";
import type { WireEvent } from "./events.ts";
import type { FaultRequest } from "./faults.ts";
import type { EventRequest } from "./injected-event.ts";
import type { WireLineItem } from "./line-items.ts";
import type { DisputeRequest, RefundRequest } from "./money-control.ts";
import type { PriceRequest } from "./price-control.ts";
import type { CatalogPrice } from "./prices.ts";
import type { SubscriptionRequest } from "./subscription-control.ts";
import type { WireSubscription } from "./subscriptions.ts";

export { signBody } from "./signature.ts";
export type {
  Account,
  AccountChange,
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

/** A client of the control API, for tests and scripts. `fetcher` is called with a path and answers as `fetch` does. */
export function sandboxClient(fetcher: (path: string, init?: RequestInit) => Promise<Response>) {
  /** The cast holds: the control API of this folder answers with these types. */
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
    /** Every API call, in the order of arrival. */
    calls: () => call<LoggedCall[]>("GET", "/calls"),
    /** Every session, oldest first. */
    sessions: () => call<SandboxSession[]>("GET", "/sessions"),
    /** The buyer submits the hosted page. */
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
    /** Applies an action to a subscription: the table of `subscription-control.ts`. */
    subscription: (id: string, request: SubscriptionRequest) =>
      call<WireSubscription>("POST", `/subscriptions/${id}`, request),
    /** The shop refunds a payment in Stripe's dashboard; the request has `charge`, `paymentIntent` or `invoice`. */
    refund: (request: RefundRequest) => call<Stripe.Refund>("POST", "/refunds", request),
    /** A pending refund succeeds, or a refund fails: the money comes back to the shop. */
    settleRefund: (refundId: string, outcome: "succeeded" | "failed") =>
      call<Stripe.Refund>("POST", `/refunds/${refundId}/settle`, { outcome }),
    /** The buyer's bank opens a dispute; the request has `charge`, `paymentIntent` or `invoice`. */
    dispute: (request: DisputeRequest) => call<Stripe.Dispute>("POST", "/disputes", request),
    /** A dispute gets another status; `won`, `lost` and `warning_closed` close it. */
    moveDispute: (disputeId: string, status: DisputeStatus) =>
      call<Stripe.Dispute>("POST", `/disputes/${disputeId}`, { status }),
    /** Deliveries in their order, each with a signature of the current time. */
    deliveries: (only: { pending: boolean } = { pending: false }) =>
      call<Delivery[]>("GET", only.pending ? "/deliveries?pending=1" : "/deliveries"),
    /** Sends one delivery, again if it was sent before. */
    send: (deliveryId: string) => call<Delivery>("POST", `/deliveries/${deliveryId}/send`),
    /** Sends every waiting delivery in order, also those that back off. */
    sendAll: () => call<{ attempts: number }>("POST", "/deliveries/send-all"),
    /** Makes an event without a change of an object. */
    event: (event: EventRequest) => call<WireEvent>("POST", "/events", event),
    /** Empties the event list; waiting deliveries stay. */
    forgetEvents: () => call<{ forgotten: number }>("POST", "/events/forget"),
    /** Changes settings of the Stripe account: those that are left out stay. Answers all of them. */
    account: (change: AccountChange) => call<Account>("POST", "/account", change),
    /** The owner makes a price in Stripe's dashboard. */
    createPrice: (price: PriceRequest) => call<CatalogPrice>("POST", "/prices", price),
    /** Adds a fault. */
    fault: (fault: FaultRequest) => call<FaultRequest>("POST", "/faults", fault),
    /** Removes all faults and releases the calls that they hold. */
    clearFaults: () => call<{ cleared: true }>("DELETE", "/faults"),
    /** Moves the sandbox's clock and runs what falls due: expiries, renewals, cancellations. */
    advanceClock: (advanceSeconds: number) => call<{ now: string }>("POST", "/clock", { advanceSeconds }),
    /** Runs what is due: retries, expiries and renewals. */
    tick: () => call<{ now: string; attempts: number }>("POST", "/tick"),
    /** From now on the ids of new objects follow from the seed, until the reset. */
    seedIds: (seed: number) => call<{ seed: number }>("POST", "/ids", { seed }),
    /** Deletes all objects, events, deliveries, faults and calls; account, clock and ids are as at the start. */
    reset: () => call<{ reset: true }>("POST", "/reset"),
  };
}

/** The methods of `sandboxClient`. */
export type SandboxClient = ReturnType<typeof sandboxClient>;
