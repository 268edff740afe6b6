import { and, desc, eq, gt, type InferSelectModel, inArray, or, type SQL, sql } from "drizzle-orm";
import { DAY_MS, nextVersion } from "../base/time.ts";
import { guardThat, type Query } from "./database.ts";
import { checkoutIntents, grantLimits, oauthGrants } from "./schema/index.ts";
import type { OwnedDatabase, Store } from "./store.ts";
import { writtenOnce } from "./written-once.ts";

export type GrantLimitsRow = InferSelectModel<typeof grantLimits>;

/** What a person sets for a grant; null is no limit of that kind. */
export type GrantLimits = Omit<GrantLimitsRow, "grantId" | "updatedAt">;

/** A grant without any limit. */
export const NO_LIMITS: GrantLimits = { mostCents: null, currency: null, mostADay: null, endsAt: null };

/** What one call spends of the limits of its grant. The amount is before added tax, in minor units of the currency. */
export interface Spending {
  readonly amountCents: number;
  readonly currency: string;
}

/** The most checkouts in 24 hours that a limit can name, so that counting them reads few rows. */
export const MOST_A_DAY = 100;

type Counting = Pick<Store, "db" | "ownerUserId" | "clock">;

/** The limits that a person set for a grant: one row, or none. */
export const limitsOfGrant = (store: Pick<Store, "db">, grantId: string | null) => readLimits(store, grantId ?? "");

const readLimits = writtenOnce((store: Pick<Store, "db">, grantId: string) =>
  store.db.build.select().from(grantLimits).where(eq(grantLimits.grantId, grantId)),
);

/**
 * The checkouts that a grant started in the last 24 hours and that did not end unpaid, one row each, the newest first: at
 * most as many as its limit names, and none where it has no limit of that kind.
 */
export const startedUnderGrant = (store: Counting, grantId: string | null) =>
  readStarted(store, grantId ?? "", countsFrom(store));

const readStarted = writtenOnce((store: OwnedDatabase, grantId: string, since: number) =>
  store.db.build
    .select({ createdAt: checkoutIntents.createdAt })
    .from(checkoutIntents)
    .where(countedSince(store, eq(checkoutIntents.grantId, grantId), since))
    .orderBy(desc(checkoutIntents.createdAt))
    .limit(inSql(mostOf(grantId))),
);

/**
 * Aborts the batch with `over_limit` where the call is over a limit of its grant, with the call's own rows counted. So it
 * stands after the statements that write them.
 */
export function guardWithinLimits(store: Counting, grantId: string, spends: Spending | undefined): Query {
  const now = store.clock.now();
  return spends
    ? guardSpending(store, grantId, now, countsFrom(store), spends.amountCents, spends.currency)
    : guardNotOver(store, grantId, now);
}

const guardNotOver = writtenOnce((store: Pick<Store, "db">, grantId: string, now: number) =>
  guardNoLimit(store, grantId, isOver(now)),
);

const guardSpending = writtenOnce(
  (store: OwnedDatabase, grantId: string, now: number, since: number, cents: number, spent: string) => {
    const { mostCents, currency, mostADay } = grantLimits;
    const counted = countedSince(store, eq(checkoutIntents.grantId, grantId), since);
    const started = sql`(SELECT count(*) FROM (SELECT 1 FROM ${checkoutIntents} WHERE ${counted} LIMIT ${mostOf(grantId)} + 1))`;
    const over = sql`${isOver(now)} OR ${mostCents} < ${cents} OR ${currency} <> ${spent} OR ${mostADay} < ${started}`;
    return guardNoLimit(store, grantId, over);
  },
);

const isOver = (now: number) => sql`${grantLimits.endsAt} <= ${now}`;

const guardNoLimit = (store: Pick<Store, "db">, grantId: string, over: SQL) =>
  guardThat(
    store.db,
    sql`NOT EXISTS (SELECT 1 FROM ${grantLimits} WHERE ${grantLimits.grantId} = ${grantId} AND (${over}))`,
    "over_limit",
  );

/** The limits of a person's live grants, with the checkouts that each started in the last 24 hours and that count. */
export function limitsOfPerson(store: Counting, userId: string) {
  const theirs = store.db.build
    .select({ id: oauthGrants.id })
    .from(oauthGrants)
    .where(and(eq(oauthGrants.userId, userId), sql`${oauthGrants.revokedAt} IS NULL`));
  const counted = countedOf(store, sql`${checkoutIntents.grantId} = ${grantLimits.grantId}`);
  const started = sql<number>`CASE WHEN ${grantLimits.mostADay} IS NULL THEN 0 ELSE (SELECT count(*) FROM ${checkoutIntents} WHERE ${counted}) END`;
  return store.db.build
    .select({ limits: grantLimits, started: started.as("started") })
    .from(grantLimits)
    .where(inArray(grantLimits.grantId, theirs));
}

/**
 * What a person last allowed this app with checkouts, as one row with its limits or none: by the app's id, or by its name,
 * since most apps register anew each time.
 */
export function formerLimits(db: Store["db"], userId: string, app: { clientId: string; clientName: string }) {
  const { clientId, clientName } = oauthGrants;
  return db.build
    .select({
      mostCents: grantLimits.mostCents,
      currency: grantLimits.currency,
      mostADay: grantLimits.mostADay,
      endsAt: grantLimits.endsAt,
    })
    .from(oauthGrants)
    .leftJoin(grantLimits, eq(grantLimits.grantId, oauthGrants.id))
    .where(
      and(
        eq(oauthGrants.userId, userId),
        or(eq(clientId, app.clientId), eq(clientName, app.clientName)),
        sql`instr(' ' || ${oauthGrants.scopes} || ' ', ' checkout:write ') > 0`,
      ),
    )
    .orderBy(desc(oauthGrants.createdAt), desc(oauthGrants.id))
    .limit(1);
}

/** The statements that store the limits of a new grant, whose own row comes before them; none without a limit. */
export function insertLimits(db: Store["db"], grantId: string, limits: GrantLimits, now: number): Query[] {
  return hasLimits(limits) ? [db.build.insert(grantLimits).values({ grantId, ...limits, updatedAt: now })] : [];
}

/** A change of limits: which were shown, and which its person wants now. */
interface Change {
  readonly grantId: string;
  readonly userId: string;
  /** `updatedAt` of the limits that were shown; null where there were none. */
  readonly shownAt: number | null;
  readonly limits: GrantLimits;
}

/**
 * The statements that change the limits of a grant. The batch is refused with `grant_ended` where the grant has ended or is
 * another person's, and with `limits_changed` where the limits are not those that were shown.
 */
export function changeLimits(store: Counting, { grantId, userId, shownAt, limits }: Change): Query[] {
  const { db, clock } = store;
  const stored = sql`(SELECT ${grantLimits.updatedAt} FROM ${grantLimits} WHERE ${grantLimits.grantId} = ${grantId})`;
  const live = sql`EXISTS (SELECT 1 FROM ${oauthGrants} WHERE ${oauthGrants.id} = ${grantId} AND ${oauthGrants.userId} = ${userId} AND ${oauthGrants.revokedAt} IS NULL)`;
  return [
    guardThat(db, live, "grant_ended"),
    guardThat(db, sql`${stored} IS ${shownAt}`, "limits_changed"),
    db.build.delete(grantLimits).where(eq(grantLimits.grantId, grantId)),
    ...insertLimits(db, grantId, limits, nextVersion(shownAt ?? 0, clock.now())),
  ];
}

/** Whether any limit is set. */
export const hasLimits = (limits: GrantLimits): boolean => Object.values(limits).some((value) => value !== null);

/** The checkouts that count, as the partial index has them. */
const countedOf = (store: Counting, ofGrant: SQL) => countedSince(store, ofGrant, countsFrom(store));
const countsFrom = ({ clock }: Counting) => clock.now() - DAY_MS;

function countedSince({ ownerUserId }: Pick<Store, "ownerUserId">, ofGrant: SQL, since: number) {
  return and(
    eq(checkoutIntents.ownerUserId, ownerUserId),
    ofGrant,
    gt(checkoutIntents.createdAt, since),
    sql`${checkoutIntents.grantId} IS NOT NULL AND ${checkoutIntents.status} NOT IN ('failed', 'expired', 'canceled')`,
  );
}

/** The most checkouts of a grant in 24 hours; 0 without such a limit. */
const mostOf = (grantId: string | null) =>
  sql`coalesce((SELECT ${grantLimits.mostADay} FROM ${grantLimits} WHERE ${grantLimits.grantId} = ${grantId}), 0)`;

/** A number of rows that the database computes: the query builder writes any SQL there, and its type names numbers alone. */
const inSql = (rows: ReturnType<typeof sql>): number => rows as unknown as number;
