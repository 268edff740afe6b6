import { brokenInside, Refusal } from "./errors.ts";
import { type Fault, untilCleared } from "./faults.ts";
import { failure, type Reply } from "./reply.ts";

/** The fault that struck a call of the API, if any. */
export type ApiFault = Fault<"api"> | null;

/** Ends the call before anything is looked at or stored. */
export function struckBefore(fault: ApiFault): void {
  if (fault?.kind === "fail_before" || fault?.kind === "drop_connection_before") throw brokenInside();
  if (fault?.kind === "status" && !fault.stored) throw asked(fault);
}

/** Keeps the call in flight before it acts. */
export async function struckInFlight(db: D1Database, fault: ApiFault): Promise<void> {
  if (fault?.kind === "delay") await pause(fault.ms ?? 0);
  if (fault?.kind === "hold") await untilCleared(db);
}

/** What is answered, and stored, in place of acting. */
export function struckInsteadOfActing(fault: ApiFault): Refusal | null {
  if (fault?.kind === "stored_500") return brokenInside();
  return fault?.kind === "status" ? asked(fault) : null;
}

/** What is answered, and stored, although the call acted. */
export function struckWhenStoring(fault: ApiFault, reply: Reply): Reply {
  return fault?.kind === "stored_500_after" ? failure(brokenInside()) : reply;
}

/** What the caller sees of an answer that is stored and true. */
export async function struckAfter(db: D1Database, fault: ApiFault, reply: Reply): Promise<Reply> {
  if (fault?.kind === "delay_after") await pause(fault.ms ?? 0);
  if (fault?.kind === "hold_after") await untilCleared(db);
  return fault?.kind === "fail_after" ? failure(brokenInside()) : reply;
}

/** What arrives of the body: all of it, or a beginning and a reset connection. */
export function struckOnTheWire(fault: ApiFault, body: string): string | ReadableStream {
  if (fault?.kind === "drop_connection_before" || fault?.kind === "drop_connection_after") return brokenOff("");
  return fault?.kind === "cut_body" ? brokenOff(body.slice(0, body.length / 2)) : body;
}

function brokenOff(beginning: string): ReadableStream {
  return new ReadableStream({
    start(controller) {
      if (beginning !== "") controller.enqueue(new TextEncoder().encode(beginning));
    },
    async pull(controller) {
      // What was enqueued leaves the machine before the reset, or the caller would see no answer at all.
      if (beginning !== "") await pause(50);
      controller.error(new Error("The connection is reset, as a fault asked."));
    },
  });
}

function asked(fault: Fault<"api">): Refusal {
  const status = fault.status ?? 500;
  return new Refusal(status, {
    type: fault.type ?? (status >= 500 ? "api_error" : "invalid_request_error"),
    message: `A fault asked for this ${status}.`,
    ...(fault.code === undefined ? {} : { code: fault.code }),
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
