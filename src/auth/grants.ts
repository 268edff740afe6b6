import { and, desc, eq, inArray, isNull, or, type SQL, sql } from "drizzle-orm";
import { Problem } from "../base/problem.ts";
import { endApprovals } from "../db/approval-ends.ts";
import type { Database, Query } from "../db/database.ts";
import { approvals } from "../db/schema/operations.ts";
import { oauthGrants } from "../db/schema/people.ts";
import type { OwnedDatabase } from "../db/store.ts";
import { writtenOnce } from "../db/written-once.ts";
import type { Scope } from "../kernel/actor.ts";
import type { SignedInActor } from "./audit.ts";

/** A grant as D1 stores it. Its id is the token store's own, and is part of every token of the grant. */
interface GrantRow {
  readonly id: string;
  readonly userId: string;
  readonly clientId: string;
  readonly clientName: string;
  readonly resource: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
}

/** The refusal of a token whose grant was revoked, or is not this person's. */
export function grantEnded(): Problem {
  return new Problem("unauthenticated", { detail: "This connection was ended. Connect again." });
}

/** Reads whether a grant is in force, in the batch that the request reads anyway. */
export const grantCheck = (
  db: Database,
  grantId: string,
  userId: string,
): Query<{ scopes: string; revokedAt: number | null }[]> => readGrant({ db }, grantId, userId);

const readGrant = writtenOnce(({ db }: { readonly db: Database }, grantId: string, userId: string) =>
  db.build
    .select({ scopes: oauthGrants.scopes, revokedAt: oauthGrants.revokedAt })
    .from(oauthGrants)
    .where(and(eq(oauthGrants.id, grantId), eq(oauthGrants.userId, userId))),
);

/** Throws `unauthenticated` unless the row is there, is not revoked and covers every scope of the token. */
export function assertGrant(
  rows: readonly { scopes: string; revokedAt: number | null }[],
  principal: { scopes: ReadonlySet<Scope> },
): void {
  const [row] = rows;
  if (!row || row.revokedAt !== null) throw grantEnded();
  const granted = row.scopes.split(" ");
  for (const scope of principal.scopes) if (!granted.includes(scope)) throw grantEnded();
}

/** The statement that stores a grant. */
export function insertGrant(db: Database, grant: GrantRow): Query {
  return db.build.insert(oauthGrants).values({ ...grant, scopes: grant.scopes.join(" ") });
}

/**
 * Ends a grant, and withdraws the approvals that were asked for under it. An ended grant keeps the time of its end. With
 * `userId` only that person's grant ends; without `by` the client ended it. The grant's own statement comes last, so that
 * `guardChanged` can follow it.
 */
export function markRevoked(
  store: OwnedDatabase,
  { grantId, userId, at, by }: { grantId: string; userId?: string; at: number; by?: SignedInActor },
): Query[] {
  const asked = and(eq(approvals.grantId, grantId), userId === undefined ? undefined : eq(approvals.actorId, userId));
  return [
    ...withdrawAsked(store, asked, at, by),
    store.db.build
      .update(oauthGrants)
      .set({ revokedAt: at })
      .where(
        and(
          eq(oauthGrants.id, grantId),
          isNull(oauthGrants.revokedAt),
          userId === undefined ? undefined : eq(oauthGrants.userId, userId),
        ),
      ),
  ];
}

/**
 * Ends every grant of a person, or every one that carries one of these scopes, and withdraws the approvals that were asked
 * for under them.
 */
export function markAllRevoked(
  store: OwnedDatabase,
  { userId, at, carrying }: { userId: string; at: number; carrying?: readonly Scope[] },
): Query[] {
  const live = and(
    eq(oauthGrants.userId, userId),
    isNull(oauthGrants.revokedAt),
    carrying && or(...carrying.map((scope) => sql`instr(' ' || ${oauthGrants.scopes} || ' ', ${` ${scope} `}) > 0`)),
  );
  const ending = store.db.build.select({ id: oauthGrants.id }).from(oauthGrants).where(live);
  const kind = userId === store.ownerUserId ? ("owner_session" as const) : ("account_session" as const);
  return [
    ...withdrawAsked(store, and(eq(approvals.actorId, userId), inArray(approvals.grantId, ending)), at, {
      id: userId,
      kind,
    }),
    store.db.build.update(oauthGrants).set({ revokedAt: at }).where(live),
  ];
}

function withdrawAsked(store: OwnedDatabase, which: SQL | undefined, at: number, by?: SignedInActor): Query[] {
  return endApprovals(store, { status: "withdrawn", because: "client_revoked" }, which, {
    at,
    by: by ?? { kind: "oauth_client" },
  });
}

/** A person's grants in force, the newest first. At most 200. */
export function liveGrants(db: Database, userId: string) {
  return db.build
    .select()
    .from(oauthGrants)
    .where(and(eq(oauthGrants.userId, userId), isNull(oauthGrants.revokedAt)))
    .orderBy(desc(oauthGrants.createdAt), desc(oauthGrants.id))
    .limit(200);
}
