import { brokenInside, Refusal } from "./errors.ts";
import { type Fault, untilCleared } from "./faults.ts";
import { failure, type Reply } from "./reply.ts";

/** The fault of an API call; null for a call without one. */
export type ApiFault = Fault<"api"> | null;

/** Throws for a fault that ends the call before its idempotency key is claimed. */
export function failEarly(fault: ApiFault): void {
  if (fault?.kind === "fail_before" || fault?.kind === "drop_connection_before") throw brokenInside();
  if (fault?.kind === "status" && !fault.stored) throw refusalOf(fault);
}

/** Waits as the fault says, before the call acts. */
export async function waitInFlight(db: D1Database, fault: ApiFault): Promise<void> {
  if (fault?.kind === "delay") await pause(fault.ms ?? 0);
  if (fault?.kind === "hold") await untilCleared(db);
}

/** The refusal that is stored and answered instead of acting; null when the call acts. */
export function refusalInsteadOfActing(fault: ApiFault): Refusal | null {
  if (fault?.kind === "stored_500") return brokenInside();
  return fault?.kind === "status" ? refusalOf(fault) : null;
}

/** The reply that is stored after the call acted: its own, or a 500. */
export function replyToStore(fault: ApiFault, reply: Reply): Reply {
  return fault?.kind === "stored_500_after" ? failure(brokenInside()) : reply;
}

/** The reply that the caller sees, sent late where the fault says so; the stored reply stays as it is. */
export async function replyToSee(db: D1Database, fault: ApiFault, reply: Reply): Promise<Reply> {
  if (fault?.kind === "delay_after") await pause(fault.ms ?? 0);
  if (fault?.kind === "hold_after") await untilCleared(db);
  return fault?.kind === "fail_after" ? failure(brokenInside()) : reply;
}

/** The body as it is sent: whole, or a part of it and then a reset connection. */
export function bodyToSend(fault: ApiFault, body: string): string | ReadableStream {
  if (fault?.kind === "drop_connection_before" || fault?.kind === "drop_connection_after") return brokenOff("");
  return fault?.kind === "cut_body" ? brokenOff(body.slice(0, body.length / 2)) : body;
}

function brokenOff(beginning: string): ReadableStream {
  return new ReadableStream({
    start(controller) {
      if (beginning !== "") controller.enqueue(new TextEncoder().encode(beginning));
    },
    async pull(controller) {
      // A reset at once would discard the enqueued part before it is sent.
      if (beginning !== "") await pause(50);
      controller.error(new Error("The connection is reset by a fault."));
    },
  });
}

function refusalOf(fault: Fault<"api">): Refusal {
  const status = fault.status ?? 500;
  return new Refusal(status, {
    type: fault.type ?? (status >= 500 ? "api_error" : "invalid_request_error"),
    message: fault.message ?? `A fault made this ${status}.`,
    ...(fault.code === undefined ? {} : { code: fault.code }),
    ...(fault.param === undefined ? {} : { param: fault.param }),
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
