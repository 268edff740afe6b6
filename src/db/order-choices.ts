import { and, asc, desc, eq, type SQL, sql } from "drizzle-orm";
import { checkoutIntents, commercePrices, oauthGrants, plans, stackOffers } from "./schema/index.ts";
import type { OwnedDatabase, Store } from "./store.ts";

/** The most offers that the filter offers, in the order of their names. */
const MOST_OFFERS = 200;

/** The most agents that the filter offers. */
const MOST_CLIENTS = 50;

/**
 * The agents that ordered, each under the name of its consent for its latest order: as many as the filter offers, and
 * `asked`, if it ordered. Each costs two seeks in an index, however many orders it has.
 */
export function clientsThatOrdered(store: Store, asked: string | undefined) {
  const { ownerUserId, agentClientId, actorId, createdAt, id } = checkoutIntents;
  const mine = sql`${ownerUserId} = ${store.ownerUserId} AND ${agentClientId} IS NOT NULL`;
  const next = (which: SQL) => sql`(SELECT min(${agentClientId}) FROM ${checkoutIntents} WHERE ${mine} AND ${which})`;
  const found = sql`(WITH RECURSIVE found(client_id) AS (
      SELECT ${next(sql`TRUE`)} UNION ALL SELECT ${next(sql`${agentClientId} > found.client_id`)} FROM found
      WHERE found.client_id IS NOT NULL LIMIT ${MOST_CLIENTS})
    SELECT client_id FROM found WHERE client_id IS NOT NULL
    UNION SELECT ${next(sql`${agentClientId} = ${asked ?? ""}`)} WHERE ${next(sql`${agentClientId} = ${asked ?? ""}`)} IS NOT NULL)`;
  const latestActor = sql`(SELECT ${actorId} FROM ${checkoutIntents} WHERE ${mine} AND ${agentClientId} = ordering.client_id
    ORDER BY ${createdAt} DESC, ${id} DESC LIMIT 1)`;
  return store.db.build
    .select({
      clientId: sql<string>`ordering.client_id`.as("client_id"),
      clientName: sql<string | null>`(SELECT ${oauthGrants.clientName} FROM ${oauthGrants}
        WHERE ${oauthGrants.userId} = ${latestActor} AND ${oauthGrants.clientId} = ordering.client_id
        ORDER BY ${oauthGrants.createdAt} DESC LIMIT 1)`.as("client_name"),
    })
    .from(sql`${found} AS ordering`)
    .orderBy(asc(sql`client_id`));
}

/** The offers of the business, withdrawn ones too, `asked` first: a filter for an offer that no longer fits the list stays. */
export function offersToFilter(store: Store, asked: string | undefined) {
  const { publicOfferId, name, withdrawn } = stackOffers;
  return store.db.build
    .select({ value: publicOfferId, name, withdrawn })
    .from(stackOffers)
    .where(and(eq(stackOffers.ownerUserId, store.ownerUserId), eq(stackOffers.role, "primary")))
    .orderBy(desc(sql`${publicOfferId} = ${asked ?? ""}`), asc(name), asc(publicOfferId))
    .limit(MOST_OFFERS);
}

/** The plans of the business, withdrawn ones too. */
export function plansToFilter(store: Store) {
  return store.db.build
    .select({ value: plans.slug, name: plans.name, withdrawn: plans.withdrawn })
    .from(plans)
    .where(eq(plans.ownerUserId, store.ownerUserId))
    .orderBy(asc(plans.position), asc(plans.slug));
}

/** The currencies that the business has prices in. */
export function currenciesUsed(store: OwnedDatabase) {
  return store.db.build
    .selectDistinct({ currency: commercePrices.currency })
    .from(commercePrices)
    .where(eq(commercePrices.ownerUserId, store.ownerUserId))
    .orderBy(asc(commercePrices.currency));
}
