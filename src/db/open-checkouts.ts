import { and, asc, desc, eq, gt, inArray, sql } from "drizzle-orm";
import { boundGuard } from "../base/bounds.ts";
import { guardThat, type Query } from "./database.ts";
import { mayBePaid } from "./plan-obstacles.ts";
import { checkoutIntents } from "./schema/index.ts";
import type { Store } from "./store.ts";

/** The checkouts of an account that a buyer can still pay or that are being made, the oldest first; at most the bound. */
export function openCheckouts(store: Store, actorId: string) {
  const { id, ownerUserId, actorId: starter, status, createdAt } = checkoutIntents;
  return store.db.build
    .select({ id })
    .from(checkoutIntents)
    .where(
      and(
        eq(ownerUserId, store.ownerUserId),
        eq(starter, actorId),
        mayBePaid(store.clock.now()),
        inArray(status, ["created", "open"]),
      ),
    )
    .orderBy(asc(createdAt))
    .limit(store.accountBounds.openCheckouts);
}

/** Open orders of the same thing that are compared with a new one: more than a person leaves open. */
const COMPARED = 5;

/** An account's open checkouts of an offer, by the id that callers know, or of a plan; the newest first. */
export function openCheckoutsOf(
  store: Store,
  actorId: string,
  of: { readonly offerId: string } | { readonly planSlug: string },
) {
  const { ownerUserId, actorId: starter, status, expiresAt, createdAt, offerId, planSlug } = checkoutIntents;
  return store.db.build
    .select()
    .from(checkoutIntents)
    .where(
      and(
        eq(ownerUserId, store.ownerUserId),
        eq(starter, actorId),
        mayBePaid(store.clock.now()),
        eq(status, "open"),
        gt(expiresAt, store.clock.now()),
        "offerId" in of ? eq(offerId, of.offerId) : eq(planSlug, of.planSlug),
      ),
    )
    .orderBy(desc(createdAt))
    .limit(COMPARED);
}

/** Refuses the batch where the account has as many open checkouts as it may have. */
export function guardOpenCheckouts(store: Store, actorId: string): Query {
  const open = openCheckouts(store, actorId);
  return guardThat(
    store.db,
    sql`(SELECT count(*) FROM ${open}) < ${store.accountBounds.openCheckouts}`,
    boundGuard("openCheckouts"),
  );
}
