import { and, eq, exists, gt, isNull, lt, sql } from "drizzle-orm";
import { countOf, countUp } from "./counts.ts";
import { type Database, guardChanged, type Query } from "./database.ts";
import { oauthGrantRecords, oauthGrants, oauthTokenUses } from "./schema/index.ts";
import type { Store } from "./store.ts";

type Counting = Pick<Store, "db" | "clock">;

/** A record to be written, with its end in epoch milliseconds. */
export interface KeptRecord {
  readonly grantId: string;
  readonly recordJson: string;
  readonly expiresAt: number;
}

/** One use of a token, to be written together with the record that it leads to. */
interface TokenUse {
  readonly kind: "authorization_code" | "refresh_token";
  readonly tokenSha256: string;
  readonly answerSealed: string;
}

/** The guard of a use whose grant has moved on or ended since it was read. */
const MOVED_ON = "grant_moved_on";

/** A use of a token counts as the same use for this long. */
const SAME_USE_MS = 60_000;

/** The library's record of a grant: one row, or none after its end. */
export function recordOf(db: Database, grantId: string, now: number) {
  return db.build
    .select({ recordJson: oauthGrantRecords.recordJson, revision: oauthGrantRecords.revision })
    .from(oauthGrantRecords)
    .where(and(eq(oauthGrantRecords.grantId, grantId), gt(oauthGrantRecords.expiresAt, now)));
}

/** All that an answer to a code or refresh token is made from, in one batch. */
export function readForUse(store: Counting, tokenSha256: string, grantId: string) {
  const { db } = store;
  const now = store.clock.now();
  return {
    grants: db.build
      .select({
        userId: oauthGrants.userId,
        clientId: oauthGrants.clientId,
        scopes: oauthGrants.scopes,
        revokedAt: oauthGrants.revokedAt,
      })
      .from(oauthGrants)
      .where(eq(oauthGrants.id, grantId)),
    records: recordOf(db, grantId, now),
    refreshes: countOf(store, "refreshesAGrant", grantId),
    uses: db.build
      .select({ answerSealed: oauthTokenUses.answerSealed })
      .from(oauthTokenUses)
      .where(
        and(
          eq(oauthTokenUses.tokenSha256, tokenSha256),
          eq(oauthTokenUses.grantId, grantId),
          gt(oauthTokenUses.usedAt, now - SAME_USE_MS),
        ),
      ),
  };
}

/** The client that a consent was given to, also after the consent has ended. */
export function clientOfGrant(db: Database, grantId: string) {
  return db.build.select({ clientId: oauthGrants.clientId }).from(oauthGrants).where(eq(oauthGrants.id, grantId));
}

/** A consent in force that was given to a client: one row, or none. */
export function grantOfClient(db: Database, clientId: string) {
  return db.build
    .select({ id: oauthGrants.id })
    .from(oauthGrants)
    .where(and(eq(oauthGrants.clientId, clientId), isNull(oauthGrants.revokedAt)))
    .limit(1);
}

/** The statement that stores the first record of a grant; the grant's own row comes before it. */
export function insertRecord(db: Database, { grantId, recordJson, expiresAt }: KeptRecord): Query {
  return db.build.insert(oauthGrantRecords).values({ grantId, recordJson, revision: 1, expiresAt });
}

/**
 * Claims a token: writes the next record and the use, unless another use of the same record was written or the grant has
 * ended (`MOVED_ON`), or the grant was refreshed too often. Uses that are over are deleted.
 */
export function claimUse(store: Counting, next: KeptRecord & { readonly revision: number }, use: TokenUse): Query[] {
  const { db } = store;
  const now = store.clock.now();
  const { grantId, recordJson, expiresAt, revision } = next;
  const live = db.build
    .select({ one: sql`1` })
    .from(oauthGrants)
    .where(and(eq(oauthGrants.id, grantId), isNull(oauthGrants.revokedAt)));
  return [
    db.build
      .update(oauthGrantRecords)
      .set({ recordJson, expiresAt, revision: revision + 1 })
      .where(and(eq(oauthGrantRecords.grantId, grantId), eq(oauthGrantRecords.revision, revision), exists(live))),
    guardChanged(db, MOVED_ON),
    ...(use.kind === "refresh_token" ? countUp(store, "refreshesAGrant", grantId) : []),
    forgetPastUses(db, now),
    db.build
      .insert(oauthTokenUses)
      .values({ tokenSha256: use.tokenSha256, grantId, answerSealed: use.answerSealed, usedAt: now }),
  ];
}

/** Deletes what is kept of a grant that has ended. */
export function forgetGrant(db: Database, grantId: string): Query[] {
  return [
    db.build.delete(oauthTokenUses).where(eq(oauthTokenUses.grantId, grantId)),
    db.build.delete(oauthGrantRecords).where(eq(oauthGrantRecords.grantId, grantId)),
  ];
}

/** Deletes the uses that are over: their sealed answers are given to no caller any more. */
export function forgetPastUses(db: Database, now: number): Query {
  return db.build.delete(oauthTokenUses).where(lt(oauthTokenUses.usedAt, now - SAME_USE_MS));
}

/** Deletes the records of connections that ended by time. Run by the schedule. */
export function forgetPastRecords(db: Database, now: number): Query {
  return db.build.delete(oauthGrantRecords).where(lt(oauthGrantRecords.expiresAt, now));
}
