import { brokenInside, Refusal } from "./errors.ts";

/** An answer of the API: made once, and stored under the key as it is. */
export interface Reply {
  status: number;
  body: string;
  /** The request that this is a replay of. */
  replayOf?: string;
}

/** The reply to a call that did what it should. */
export function success(body: object): Reply {
  return { status: 200, body: JSON.stringify(body, null, 2) };
}

/** The reply to a call that was refused; anything but a refusal is a fault of the sandbox itself, and a 500. */
export function failure(error: unknown): Reply {
  if (error instanceof Refusal) return { status: error.status, body: JSON.stringify(error.body, null, 2) };
  console.error("The Stripe sandbox failed:", error);
  return failure(brokenInside());
}
