import type Stripe from "stripe";
import type { LoggedCall } from "./call-log.ts";
import type { Delivery } from "./deliveries.ts";
import type { WireEvent } from "./events.ts";
import type { FaultRequest } from "./faults.ts";
import type { EventRequest } from "./injected-event.ts";
import type { WireLineItem } from "./line-items.ts";

export { signBody } from "./signature.ts";
export type { Delivery, EventRequest, FaultRequest, LoggedCall, WireEvent };

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
    /** Deliveries in their order, signed for now. */
    deliveries: (only: { pending: boolean } = { pending: false }) =>
      call<Delivery[]>("GET", only.pending ? "/deliveries?pending=1" : "/deliveries"),
    /** Sends one delivery, sent before or not. */
    send: (deliveryId: string) => call<Delivery>("POST", `/deliveries/${deliveryId}/send`),
    /** Sends everything that waits, in order, without regard to back-off. */
    sendAll: () => call<{ attempts: number }>("POST", "/deliveries/send-all"),
    /** Makes an event out of thin air. */
    event: (event: EventRequest) => call<WireEvent>("POST", "/events", event),
    /** Asks for a fault. */
    fault: (fault: FaultRequest) => call<FaultRequest>("POST", "/faults", fault),
    /** Forgets all faults and lets go what they hold. */
    clearFaults: () => call<{ cleared: true }>("DELETE", "/faults"),
    /** Moves the sandbox's clock. */
    advanceClock: (advanceSeconds: number) => call<{ now: string }>("POST", "/clock", { advanceSeconds }),
    /** Does what is due: retries and expiries. */
    tick: () => call<{ now: string; attempts: number }>("POST", "/tick"),
    /** Empties everything and sets the clock right. */
    reset: () => call<{ reset: true }>("POST", "/reset"),
  };
}

/** The control API of a running sandbox. */
export type SandboxClient = ReturnType<typeof sandboxClient>;
