import { faultOf, type Log } from "../base/log.ts";
import { closeMode } from "../db/closed-modes.ts";
import type { Query } from "../db/database.ts";
import { countRefusal, type Refusal } from "../db/provider-refusals.ts";
import type { Store } from "../db/store.ts";
import type { StripePort } from "./client.ts";

/** Writes the log line of a refusal: the one place beside the owner's page that tells Stripe's id of the request. */
export function logRefusal(log: Log, { call, ...refusal }: Refusal, operationId?: string): void {
  log({ event: "stripe", name: call, code: "provider_refused", ...(operationId && { operationId }), refusal });
}

/** What a refusal is recorded with: the database of the business, and the port that met it. */
type Recorder = Store & { readonly stripe: StripePort };

/** The operation and the checkout that met a refusal. */
interface Met {
  readonly operationId: string | null;
  readonly checkoutIntentId: string | null;
}

/**
 * The statements that record a refusal: its count, and, where Stripe refused the key itself, that its mode is closed. Without
 * `met` the call belongs to no operation.
 */
export function refusalWrites(
  refusal: Refusal,
  recorder: Recorder,
  met: Met = { operationId: null, checkoutIntentId: null },
): Query[] {
  const now = recorder.clock.now();
  const keyHash = refusal.status === 401 ? recorder.stripe.keyHash(refusal.stripeMode) : undefined;
  return [
    countRefusal(recorder, refusal, met, now),
    ...(keyHash === undefined ? [] : [closeMode(recorder, refusal.stripeMode, keyHash, now)]),
  ];
}

/** Records a refusal at once. A database that is out costs the count: the call that met the refusal goes on. */
export async function noteRefusal(refusal: Refusal, recorder: Recorder & { readonly log: Log }): Promise<void> {
  const { db, log } = recorder;
  logRefusal(log, refusal);
  try {
    await db.commit(refusalWrites(refusal, recorder));
  } catch (error) {
    log({ event: "internal", name: refusal.call, code: "refusal_not_counted", fault: faultOf(error) });
  }
}
