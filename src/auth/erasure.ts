import { and, eq, gte, inArray, isNull, lt, or, sql } from "drizzle-orm";
import type { Query } from "../db/database.ts";
import { approvalMailSettings, grantLimits } from "../db/schema/consent.ts";
import {
  account,
  oauthGrantRecords,
  oauthGrants,
  oauthTokenUses,
  session,
  user,
  verification,
} from "../db/schema/people.ts";
import type { AuthContext } from "./context.ts";
import { dropFactors } from "./factors.ts";

/** A person to be erased: their account, where there is one, and their address. `at`: epoch milliseconds. */
interface ErasedPerson {
  readonly userId: string | null;
  readonly email: string;
  readonly at: number;
}

/** The name that an erased person has, for the rows that name their id. */
const NAME = "Erased person";
/** No mail can be sent to it (RFC 2606). */
const addressOf = (userId: string) => `erased-${userId}@erased.invalid`;

/**
 * The statements that erase an account: its name and address, password, sessions, second factors, and connections; and every
 * link that was mailed to the address. The row of the account stays, since orders and the audit name its id.
 */
export function erasing({ db }: Pick<AuthContext, "db">, { userId, email, at }: ErasedPerson): Query[] {
  const { build } = db;
  // Invitations and links to a new account are about an address alone.
  const ofAddress = build.delete(verification).where(eq(verification.value, email));
  if (userId === null) return [ofAddress];
  const grants = build.select({ id: oauthGrants.id }).from(oauthGrants).where(eq(oauthGrants.userId, userId));
  return [
    ofAddress,
    build.delete(verification).where(
      or(
        eq(verification.value, userId),
        // As `addressSubject` writes it: the person, a space, an address of theirs.
        and(gte(verification.value, `${userId} `), lt(verification.value, `${userId}!`)),
      ),
    ),
    build.delete(oauthTokenUses).where(inArray(oauthTokenUses.grantId, grants)),
    build.delete(oauthGrantRecords).where(inArray(oauthGrantRecords.grantId, grants)),
    build.delete(grantLimits).where(inArray(grantLimits.grantId, grants)),
    build
      .update(oauthGrants)
      .set({ revokedAt: at })
      .where(and(eq(oauthGrants.userId, userId), isNull(oauthGrants.revokedAt))),
    // A client chooses its own name, and may be called after its person.
    build.update(oauthGrants).set({ clientName: NAME }).where(eq(oauthGrants.userId, userId)),
    build.delete(approvalMailSettings).where(eq(approvalMailSettings.userId, userId)),
    ...dropFactors({ db }, userId),
    build.delete(session).where(eq(session.userId, userId)),
    build.delete(account).where(eq(account.userId, userId)),
    build
      .update(user)
      .set({
        name: NAME,
        email: addressOf(userId),
        emailVerified: false,
        image: null,
        updatedAt: new Date(at),
        erasedAt: new Date(at),
      })
      .where(eq(user.id, userId)),
  ];
}

/**
 * Deletes a person's tokens from the token store, and the registrations of clients that no other person connected. D1 has
 * ended them already; entries that can't be deleted expire by themselves.
 */
export async function forgetTokens(auth: AuthContext, userId: string): Promise<void> {
  const { grants } = await auth.db.read({
    grants: auth.db.build
      .select({
        id: oauthGrants.id,
        clientId: oauthGrants.clientId,
        ofOthers:
          sql<number>`EXISTS (SELECT 1 FROM oauth_grants AS other WHERE other.client_id = ${oauthGrants.clientId}
          AND other.user_id <> ${userId})`.as("of_others"),
      })
      .from(oauthGrants)
      .where(eq(oauthGrants.userId, userId)),
  });
  const oauth = auth.oauth.helpers();
  const subjects = auth.keys.macs("oauth-subject", userId);
  const unshared = new Set(grants.filter(({ ofOthers }) => ofOthers === 0).map(({ clientId }) => clientId));
  await Promise.allSettled([
    ...grants.flatMap(({ id }) => subjects.map((subject) => oauth.revokeGrant(id, subject))),
    ...[...unshared].filter((id) => !URL.canParse(id)).map((id) => oauth.deleteClient(id)),
  ]);
}
