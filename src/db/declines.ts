import { and, desc, eq, gt, isNull, or, type SQL, sql } from "drizzle-orm";
import { DAY_MS } from "../base/time.ts";
import { auditOfApproval } from "./approval-ends.ts";
import { guardThat, type Query } from "./database.ts";
import { approvals, oauthGrants } from "./schema/index.ts";
import type { ActorKind } from "./schema/vocabulary.ts";
import type { OwnedDatabase, Store } from "./store.ts";
import { writtenOnce } from "./written-once.ts";

/** How long a no counts against the same call under another key. */
export const DECLINE_COUNTS_MS = DAY_MS;

/** Rows that a page shows at most. */
const SHOWN = 50;

/** What a call is known by, within one key and under whatever key. */
interface CallKey {
  readonly idempotencyKey: string;
  readonly fingerprint: string;
  readonly callSha256: string;
}

/** The program that calls, for a person. */
interface Caller {
  readonly id: string;
  readonly clientId: string | null;
}

const declinesOf = (store: OwnedDatabase, actorId: string) =>
  and(
    eq(approvals.ownerUserId, store.ownerUserId),
    eq(approvals.actorId, actorId),
    // A literal, as the partial indexes have it.
    sql`${approvals.status} = 'declined'`,
  );

/** The declines of a person that still count: of the last day, and not taken back. */
const countingOf = (store: Store, actorId: string) => countingSince(store, actorId, countsFrom(store));
const countingSince = (store: OwnedDatabase, actorId: string, since: number) =>
  and(declinesOf(store, actorId), gt(approvals.decidedAt, since), isNull(approvals.forgottenAt));
const countsFrom = ({ clock }: Store) => clock.now() - DECLINE_COUNTS_MS;

const oneOf = (store: OwnedDatabase, which: SQL | undefined) =>
  store.db.build.select({ id: approvals.id }).from(approvals).where(which).limit(1);

/** The declined approval of this call, however spelled, also after another call was asked about under the same key. */
export const declinedCall = (store: Store, actorId: string, { idempotencyKey, fingerprint, callSha256 }: CallKey) =>
  readDeclinedCall(store, actorId, idempotencyKey, fingerprint, callSha256);

/** Not written once: `callNotDeclined` puts it into its own SQL. */
function selectDeclinedCall(
  store: OwnedDatabase,
  actorId: string,
  key: string,
  fingerprint: string,
  callSha256: string,
) {
  const sameCall = or(eq(approvals.fingerprint, fingerprint), eq(approvals.callSha256, callSha256));
  return oneOf(store, and(declinesOf(store, actorId), eq(approvals.idempotencyKey, key), sameCall));
}
const readDeclinedCall = writtenOnce(selectDeclinedCall);

/**
 * A no that counts, to the same write with the same arguments and version, however spelled, by the same client, under
 * whatever key.
 */
export const declinedLately = (store: Store, { id, clientId }: Caller, { callSha256 }: Pick<CallKey, "callSha256">) =>
  readDeclinedLately(store, id, clientId, callSha256, countsFrom(store));

/** Not written once: `notDeclinedLately` puts it into its own SQL. */
function selectDeclinedLately(
  store: OwnedDatabase,
  actorId: string,
  clientId: string | null,
  callSha256: string,
  since: number,
) {
  const sameClient = sql`${approvals.clientId} IS ${clientId}`;
  return oneOf(store, and(countingSince(store, actorId, since), eq(approvals.callSha256, callSha256), sameClient));
}
const readDeclinedLately = writtenOnce(selectDeclinedLately);

/** Aborts the batch with `declined` when the person declined this call. */
export const guardNotDeclined = (store: Store, actorId: string, { idempotencyKey, fingerprint, callSha256 }: CallKey) =>
  callNotDeclined(store, actorId, idempotencyKey, fingerprint, callSha256);

const callNotDeclined = writtenOnce(
  (store: OwnedDatabase, actorId: string, key: string, fingerprint: string, callSha256: string) =>
    guardThat(
      store.db,
      sql`NOT EXISTS ${selectDeclinedCall(store, actorId, key, fingerprint, callSha256)}`,
      "declined",
    ),
);

/** Aborts the batch with `declined` when the person declined the same call of this client within a day. */
export const guardNotDeclinedLately = (
  store: Store,
  { id, clientId }: Caller,
  { callSha256 }: Pick<CallKey, "callSha256">,
) => notDeclinedLately(store, id, clientId, callSha256, countsFrom(store));

const notDeclinedLately = writtenOnce(
  (store: OwnedDatabase, actorId: string, clientId: string | null, callSha256: string, since: number) =>
    guardThat(
      store.db,
      sql`NOT EXISTS ${selectDeclinedLately(store, actorId, clientId, callSha256, since)}`,
      "declined",
    ),
);

/** Each no of a person that still counts, the newest first; of several to one call of one client, the newest. */
export function declinesThatCount(store: Store, actorId: string) {
  return store.db.build
    .select({
      id: approvals.id,
      writeName: approvals.writeName,
      clientId: approvals.clientId,
      clientName: sql<string | null>`${oauthGrants.clientName}`.as("client_name"),
      decidedAt: sql<number>`max(${approvals.decidedAt})`.as("declined_at"),
    })
    .from(approvals)
    .leftJoin(oauthGrants, eq(oauthGrants.id, approvals.grantId))
    .where(countingOf(store, actorId))
    .groupBy(approvals.clientId, sql`coalesce(${approvals.callSha256}, ${approvals.id})`)
    .orderBy(desc(sql`declined_at`))
    .limit(SHOWN);
}

/**
 * Takes back a person's no, with every other that they said to the same call of the same client; an audit row for each.
 * Aborts with `stale_state` where it counts no more, or was another person's.
 */
export function forgetDecline(store: Store, id: string, by: { kind: ActorKind; id: string }): Query[] {
  const at = store.clock.now();
  // Named apart from the table that is changed.
  const sameCall = sql`(${approvals.id} = ${id} OR (coalesce(${approvals.clientId}, ''), ${approvals.callSha256}) IN (
    SELECT coalesce("named"."client_id", ''), "named"."call_sha256" FROM ${approvals} AS "named"
    WHERE "named"."owner_user_id" = ${store.ownerUserId} AND "named"."actor_id" = ${by.id} AND "named"."id" = ${id}))`;
  const which = and(countingOf(store, by.id), sameCall);
  return [
    // Several rows may change.
    guardThat(store.db, sql`EXISTS (SELECT 1 FROM ${approvals} WHERE ${which})`, "stale_state"),
    auditOfApproval(store, "decline_forgotten", which, { at, by }),
    store.db.build.update(approvals).set({ forgottenAt: at }).where(which),
  ];
}
