import { and, desc, eq, isNull } from "drizzle-orm";
import type { Database, Query } from "../db/database.ts";
import { oauthGrants } from "../db/schema/people.ts";
import { Problem } from "../kernel/problem.ts";
import type { Scope } from "./scopes.ts";

/** A consent as it is stored. Its id is the token store's own, which stands in every token of the grant. */
export interface GrantRow {
  readonly id: string;
  readonly userId: string;
  readonly clientId: string;
  readonly clientName: string;
  readonly resource: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
}

/** The refusal of a token whose grant was revoked, or never was this person's. */
export function revoked(): Problem {
  return new Problem("unauthenticated", { detail: "This connection was ended. Connect again." });
}

/** The row that says whether a grant still counts: put it into the batch that the request reads anyway. */
export function grantCheck(
  db: Database,
  grantId: string,
  userId: string,
): Query<{ scopes: string; revokedAt: number | null }[]> {
  return db.build
    .select({ scopes: oauthGrants.scopes, revokedAt: oauthGrants.revokedAt })
    .from(oauthGrants)
    .where(and(eq(oauthGrants.id, grantId), eq(oauthGrants.userId, userId)));
}

/** Throws `unauthenticated` unless the row is there, is not revoked and covers every scope of the token. */
export function assertGrant(
  rows: readonly { scopes: string; revokedAt: number | null }[],
  principal: { scopes: ReadonlySet<Scope> },
): void {
  const [row] = rows;
  if (!row || row.revokedAt !== null) throw revoked();
  const granted = row.scopes.split(" ");
  for (const scope of principal.scopes) if (!granted.includes(scope)) throw revoked();
}

export function insertGrant(db: Database, grant: GrantRow): Query {
  return db.build.insert(oauthGrants).values({ ...grant, scopes: grant.scopes.join(" ") });
}

/** Ends a grant; one that has ended keeps its first time. With a user id it ends only that person's. */
export function markRevoked(
  db: Database,
  { grantId, userId, at }: { grantId: string; userId?: string; at: number },
): Query<{ id: string }[]> {
  return db.build
    .update(oauthGrants)
    .set({ revokedAt: at })
    .where(
      and(
        eq(oauthGrants.id, grantId),
        isNull(oauthGrants.revokedAt),
        userId === undefined ? undefined : eq(oauthGrants.userId, userId),
      ),
    )
    .returning({ id: oauthGrants.id });
}

/** Ends every grant of a person: what an old password let in goes with it. */
export function markAllRevoked(db: Database, { userId, at }: { userId: string; at: number }): Query {
  return db.build
    .update(oauthGrants)
    .set({ revokedAt: at })
    .where(and(eq(oauthGrants.userId, userId), isNull(oauthGrants.revokedAt)));
}

/** A person's grants that still count, the newest first. At most 200, which is more than anybody reads. */
export function liveGrants(db: Database, userId: string) {
  return db.build
    .select()
    .from(oauthGrants)
    .where(and(eq(oauthGrants.userId, userId), isNull(oauthGrants.revokedAt)))
    .orderBy(desc(oauthGrants.createdAt), desc(oauthGrants.id))
    .limit(200);
}
