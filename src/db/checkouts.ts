import { and, asc, desc, eq, type InferInsertModel, type InferSelectModel, inArray, sql } from "drizzle-orm";
import type { AnySQLiteColumn } from "drizzle-orm/sqlite-core";
import { type ListPosition, PAGE_SIZE } from "../base/list.ts";
import { firstCheckAt } from "./checks.ts";
import { guardChanged, guardThat, type Query } from "./database.ts";
import { entitlementShown } from "./entitlements.ts";
import { joined } from "./joined.ts";
import {
  affiliateCommissionLedgerEntries,
  checkoutFacts,
  checkoutIntentLines,
  checkoutIntents,
  checkoutLinks,
  checkoutReferralAttributions,
  commercePrices,
  productEntitlements,
  publisherPlanEntitlements,
} from "./schema/index.ts";
import type { OwnedDatabase, Store } from "./store.ts";
import { writtenOnce } from "./written-once.ts";

export type IntentRow = InferSelectModel<typeof checkoutIntents>;
export type LineRow = InferSelectModel<typeof checkoutIntentLines>;

const ofOwner = (store: OwnedDatabase) => eq(checkoutIntents.ownerUserId, store.ownerUserId);

export const intentById = writtenOnce((store: OwnedDatabase, id: string) =>
  store.db.build
    .select()
    .from(checkoutIntents)
    .where(and(ofOwner(store), eq(checkoutIntents.id, id)))
    .limit(1),
);

/** The intent that an actor's key started. */
export function intentByKey(store: Store, actorId: string, idempotencyKey: string) {
  return store.db.build
    .select()
    .from(checkoutIntents)
    .where(
      and(ofOwner(store), eq(checkoutIntents.actorId, actorId), eq(checkoutIntents.idempotencyKey, idempotencyKey)),
    )
    .limit(1);
}

/** A page of checkouts and one row more, newest first: one actor's, or all of the business. */
export function intentsPage(store: Store, actorId: string | undefined, after: ListPosition | undefined) {
  return store.db.build
    .select()
    .from(checkoutIntents)
    .where(
      and(
        ofOwner(store),
        actorId === undefined ? undefined : eq(checkoutIntents.actorId, actorId),
        after && sql`(${checkoutIntents.createdAt}, ${checkoutIntents.id}) < (${after.createdAt}, ${after.id})`,
      ),
    )
    .orderBy(desc(checkoutIntents.createdAt), desc(checkoutIntents.id))
    .limit(PAGE_SIZE + 1);
}

/** The intent behind a link, found by the hash of its token. */
export function intentByLink(store: Store, tokenSha256: string, kind: (typeof checkoutLinks.$inferSelect)["kind"]) {
  return store.db.build
    .select({ intent: checkoutIntents })
    .from(checkoutLinks)
    .innerJoin(
      checkoutIntents,
      and(
        eq(checkoutIntents.ownerUserId, checkoutLinks.ownerUserId),
        eq(checkoutIntents.id, checkoutLinks.checkoutIntentId),
      ),
    )
    .where(
      and(
        eq(checkoutLinks.tokenSha256, tokenSha256),
        eq(checkoutLinks.kind, kind),
        eq(checkoutLinks.ownerUserId, store.ownerUserId),
      ),
    )
    .limit(1);
}

export const linesOf = writtenOnce((store: OwnedDatabase, checkoutIntentId: string) =>
  store.db.build
    .select()
    .from(checkoutIntentLines)
    .where(belongsTo(store, checkoutIntentLines, checkoutIntentId))
    .orderBy(asc(checkoutIntentLines.position)),
);

/** The lines of a checkout with their prices. */
export function pricedLinesOf(store: Store, checkoutIntentId: string) {
  return store.db.build
    .select({ line: joined(checkoutIntentLines, "line"), price: joined(commercePrices, "price") })
    .from(checkoutIntentLines)
    .innerJoin(
      commercePrices,
      and(
        eq(commercePrices.ownerUserId, checkoutIntentLines.ownerUserId),
        eq(commercePrices.id, checkoutIntentLines.priceId),
      ),
    )
    .where(belongsTo(store, checkoutIntentLines, checkoutIntentId))
    .orderBy(asc(checkoutIntentLines.position));
}

export function factsOf(store: Store, checkoutIntentId: string) {
  return store.db.build
    .select()
    .from(checkoutFacts)
    .where(belongsTo(store, checkoutFacts, checkoutIntentId));
}

/** Attribution, access and commission evidence of a checkout, for its resource. */
export function relationsOf(store: Store, checkoutIntentId: string) {
  const { build } = store.db;
  const of = (table: OfCheckout) => belongsTo(store, table, checkoutIntentId);
  return {
    attribution: build.select().from(checkoutReferralAttributions).where(of(checkoutReferralAttributions)),
    entitlements: build
      .select(entitlementShown(store))
      .from(productEntitlements)
      .where(of(productEntitlements))
      .orderBy(asc(productEntitlements.id)),
    planEntitlement: build.select().from(publisherPlanEntitlements).where(of(publisherPlanEntitlements)),
    ledgerEntry: build
      .select({ id: affiliateCommissionLedgerEntries.id })
      .from(affiliateCommissionLedgerEntries)
      .where(of(affiliateCommissionLedgerEntries)),
  };
}

interface OfCheckout {
  readonly ownerUserId: AnySQLiteColumn;
  readonly checkoutIntentId: AnySQLiteColumn;
}

function belongsTo(store: OwnedDatabase, table: OfCheckout, checkoutIntentId: string) {
  return and(eq(table.ownerUserId, store.ownerUserId), eq(table.checkoutIntentId, checkoutIntentId));
}

export function insertIntent(store: Store, row: InferInsertModel<typeof checkoutIntents>): Query {
  return store.db.build.insert(checkoutIntents).values(row);
}

export function insertLines(store: Store, rows: InferInsertModel<typeof checkoutIntentLines>[]): Query {
  return store.db.build.insert(checkoutIntentLines).values(rows);
}

export function insertLinks(store: Store, rows: InferInsertModel<typeof checkoutLinks>[]): Query {
  return store.db.build.insert(checkoutLinks).values(rows);
}

export function insertAttribution(store: Store, row: InferInsertModel<typeof checkoutReferralAttributions>): Query {
  return store.db.build.insert(checkoutReferralAttributions).values(row);
}

/**
 * Changes an intent, or aborts the batch with `otherwise` when it has changed since it was read. What follows from a new
 * status is changed too, unless the change says it.
 */
export function updateIntent(
  store: Store,
  intent: IntentRow,
  change: Partial<InferInsertModel<typeof checkoutIntents>> & { updatedAt: number },
  otherwise: "intent_moved" | "stale_state" = "intent_moved",
): Query[] {
  const { status } = change;
  const moves = status !== undefined && status !== intent.status;
  return [
    store.db.build
      .update(checkoutIntents)
      .set({ ...(moves && followsFrom(status, intent, store)), ...change })
      .where(and(ofOwner(store), eq(checkoutIntents.id, intent.id), eq(checkoutIntents.updatedAt, intent.updatedAt))),
    guardChanged(store.db, otherwise),
  ];
}

/** When the checkout is next checked at Stripe, and, unless it is open, that its payment page is forgotten. */
function followsFrom(status: IntentRow["status"], { planSlug }: IntentRow, { clock }: Store) {
  const checkAt = firstCheckAt(status, planSlug, clock.now());
  return status === "open" ? { checkAt } : { checkAt, stripeCheckoutUrl: null };
}

/** Notes how far Stripe's sessions were searched for a checkout's own. The checkout's version stays. */
export function noteSearched(store: Store, intentId: string, searchedTo: number): Query {
  const { sessionSearchedTo } = checkoutIntents;
  return store.db.build
    .update(checkoutIntents)
    .set({ sessionSearchedTo: sql`max(coalesce(${sessionSearchedTo}, 0), ${searchedTo})` })
    .where(and(ofOwner(store), eq(checkoutIntents.id, intentId)));
}

/** Tries that are this near to each other are kept as one: the search reads the time between them anyway. */
const TRIES_TOGETHER_MS = 10 * 60_000;

/** The times of the first try, as a claim stores them. */
export const firstTry = ({ from, to }: { from: number; to: number }): string => JSON.stringify([[from, to]]);

/** The noted tries of a checkout. */
export function triesOf({ sessionTriesJson }: Pick<IntentRow, "sessionTriesJson">) {
  const tries = JSON.parse(sessionTriesJson) as [number, number][];
  return tries.map(([from, to]) => ({ from, to }));
}

/** Notes the time of a try, in one statement: two tries at once are both noted. The checkout's version stays. */
export function noteTry(store: Store, intentId: string, { from, to }: { from: number; to: number }): Query {
  const { sessionTriesJson: tries } = checkoutIntents;
  const whole = (instant: number) => sql`CAST(${instant} AS INTEGER)`;
  const last = { from: sql`json_extract(${tries}, '$[#-1][0]')`, to: sql`json_extract(${tries}, '$[#-1][1]')` };
  const together = sql`${last.from} <= ${whole(from)} AND ${last.to} >= ${whole(from - TRIES_TOGETHER_MS)}`;
  return store.db.build
    .update(checkoutIntents)
    .set({
      sessionTriesJson: sql`CASE WHEN ${together}
        THEN json_set(${tries}, '$[#-1][1]', max(${last.to}, ${whole(to)}))
        ELSE json_insert(${tries}, '$[#]', json_array(${whole(from)}, ${whole(to)})) END`,
    })
    .where(and(ofOwner(store), eq(checkoutIntents.id, intentId)));
}

/** Aborts the batch with `stale_state` when the intent is no longer as it was read. */
export function guardIntentUnchanged(store: Store, intent: IntentRow): Query {
  return guardThat(
    store.db,
    sql`EXISTS (SELECT 1 FROM ${checkoutIntents} WHERE ${checkoutIntents.ownerUserId} = ${store.ownerUserId}
      AND ${checkoutIntents.id} = ${intent.id} AND ${checkoutIntents.updatedAt} = ${intent.updatedAt})`,
    "stale_state",
  );
}

/** The lines of some checkouts. */
export function linesOfCheckouts(store: Store, ids: readonly string[]) {
  return store.db.build
    .select()
    .from(checkoutIntentLines)
    .where(
      and(
        eq(checkoutIntentLines.ownerUserId, store.ownerUserId),
        inArray(checkoutIntentLines.checkoutIntentId, [...ids]),
      ),
    )
    .orderBy(asc(checkoutIntentLines.checkoutIntentId), asc(checkoutIntentLines.position));
}
