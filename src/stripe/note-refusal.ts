import { faultOf, type Log } from "../base/log.ts";
import { countRefusal } from "../db/provider-refusals.ts";
import type { Store } from "../db/store.ts";
import type { Refusal } from "./refusal.ts";

/** Writes the log line of a refusal: the one place beside the owner's page that tells Stripe's id of the request. */
export function logRefusal(log: Log, { call, ...refusal }: Refusal, operationId?: string): void {
  log({ event: "stripe", name: call, code: "provider_refused", ...(operationId && { operationId }), refusal });
}

/** The statements that record refusals of calls that belong to no operation. */
export function refusalWrites(store: Store, refusals: readonly Refusal[]) {
  const now = store.clock.now();
  const about = { operationId: null, checkoutIntentId: null };
  return refusals.map((refusal) => countRefusal(store, refusal, about, now));
}

/** Records a refusal at once. A database that is out costs the count: the call that met the refusal goes on. */
export async function noteRefusal(refusal: Refusal, { store, log }: { store: Store; log: Log }): Promise<void> {
  logRefusal(log, refusal);
  try {
    await store.db.commit(refusalWrites(store, [refusal]));
  } catch (error) {
    log({ event: "internal", name: refusal.call, code: "refusal_not_counted", fault: faultOf(error) });
  }
}
