import { and, eq, gt, type InferSelectModel, sql } from "drizzle-orm";
import { DAY_MS } from "../base/time.ts";
import { guardThat, type Query } from "./database.ts";
import { checkoutIntents, grantLimits } from "./schema/index.ts";
import type { Store } from "./store.ts";

export type GrantLimitsRow = InferSelectModel<typeof grantLimits>;

/** What one call spends of the limits of its grant. The amount is before added tax, in minor units of the currency. */
export interface Spending {
  readonly amountCents: number;
  readonly currency: string;
}

/** The most checkouts a day that a limit can name. A count stops one above it, so that it reads few rows. */
export const MOST_A_DAY = 100;

/** The limits that a person set for a grant: one row, or none. */
export function limitsOfGrant(store: Pick<Store, "db">, grantId: string | null) {
  return store.db.build
    .select()
    .from(grantLimits)
    .where(eq(grantLimits.grantId, grantId ?? ""));
}

/**
 * The checkouts that a grant started in the last 24 hours and that did not end unpaid, one row each, the oldest first. None
 * are read where the grant has no limit of that kind.
 */
export function startedUnderGrant(store: Store, grantId: string | null) {
  return store.db.build
    .select({ createdAt: checkoutIntents.createdAt })
    .from(checkoutIntents)
    .where(
      and(
        countedOf(store, grantId),
        sql`EXISTS (SELECT 1 FROM ${grantLimits} WHERE ${grantLimits.grantId} = ${grantId} AND ${grantLimits.mostADay} IS NOT NULL)`,
      ),
    )
    .orderBy(checkoutIntents.createdAt)
    .limit(MOST_A_DAY + 1);
}

/**
 * Aborts the batch with `over_limit` where the call is over a limit of its grant, with the call's own rows counted. So it
 * stands after the statements that write them.
 */
export function guardWithinLimits(store: Store, grantId: string, spends: Spending | undefined): Query {
  const { mostCents, currency, mostADay, endsAt } = grantLimits;
  const now = store.clock.now();
  const started = sql`(SELECT count(*) FROM (SELECT 1 FROM ${checkoutIntents} WHERE ${countedOf(store, grantId)} LIMIT ${MOST_A_DAY + 1}))`;
  const over = spends
    ? sql`${endsAt} <= ${now} OR ${mostCents} < ${spends.amountCents} OR ${currency} <> ${spends.currency} OR ${mostADay} < ${started}`
    : sql`${endsAt} <= ${now}`;
  return guardThat(
    store.db,
    sql`NOT EXISTS (SELECT 1 FROM ${grantLimits} WHERE ${grantLimits.grantId} = ${grantId} AND (${over}))`,
    "over_limit",
  );
}

function countedOf(store: Store, grantId: string | null) {
  return and(
    eq(checkoutIntents.ownerUserId, store.ownerUserId),
    eq(checkoutIntents.grantId, grantId ?? ""),
    gt(checkoutIntents.createdAt, store.clock.now() - DAY_MS),
    // As the partial index has it.
    sql`${checkoutIntents.grantId} IS NOT NULL AND ${checkoutIntents.status} NOT IN ('failed', 'expired', 'canceled')`,
  );
}
