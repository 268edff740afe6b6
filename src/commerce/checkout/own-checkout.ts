import { notFound } from "../../base/problem.ts";
import type { IntentRow } from "../../db/checkouts.ts";
import type { Actor } from "../../kernel/actor.ts";

export const checkoutUri = (checkoutIntentId: string) => `commerce://checkouts/${encodeURIComponent(checkoutIntentId)}`;

/**
 * The checkout, if it was started for the actor, or the actor has its return link. Throws `not_found` for every other
 * actor, also for the owner of the business.
 */
export function requireOwnCheckout(intent: IntentRow | undefined, actor: Actor): IntentRow {
  if (!intent) throw notFound("checkoutIntentId");
  const own = actor.boundToCheckout === undefined ? intent.actorId === actor.id : intent.id === actor.boundToCheckout;
  if (!own) throw notFound("checkoutIntentId");
  return intent;
}
