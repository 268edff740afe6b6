import { brokenInside, Refusal } from "./errors.ts";

/** An answer of the API, as it is stored under an idempotency key. */
export interface Reply {
  status: number;
  body: string;
  /** The id of the first request, when this is a replay. */
  replayOf?: string;
}

/** The reply to a call that succeeded. */
export function success(body: object): Reply {
  return { status: 200, body: JSON.stringify(body, null, 2) };
}

/** The reply to a call that failed: its refusal, or a 500 for a defect of the sandbox, which is logged. */
export function failure(error: unknown): Reply {
  if (error instanceof Refusal) return { status: error.status, body: JSON.stringify(error.body, null, 2) };
  console.error("The Stripe sandbox failed:", error);
  return failure(brokenInside());
}
