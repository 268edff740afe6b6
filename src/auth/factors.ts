import { eq, inArray, sql } from "drizzle-orm";
import { guardThat, type Query } from "../db/database.ts";
import { passkeys } from "../db/schema/consent.ts";
import { session } from "../db/schema/people.ts";
import { begunSecondFactors, secondFactors } from "../db/schema/sign-in.ts";
import { auditOfOwner } from "./audit.ts";
import type { AuthContext } from "./context.ts";
import { markAllRevoked } from "./grants.ts";
import type { Person } from "./people.ts";
import { droppingRecoveryCodes, usingRecoveryCode } from "./recovery-codes.ts";
import { ownerScopes } from "./scopes.ts";
import { type CodeOutcome, type SecondFactor, tryCode } from "./second-factor.ts";
import { endingOtherSessions } from "./sessions.ts";
import { type Passkey, passkeysOf } from "./webauthn.ts";

/** What a person signs in with beside their password: an authenticator app, passkeys, or both. */
export interface Factors {
  readonly app: SecondFactor | undefined;
  readonly passkeys: readonly Passkey[];
}

/** The factors of a person that are in force. */
export async function findFactors({ db }: Pick<AuthContext, "db">, userId: string): Promise<Factors> {
  const { apps, keys } = await db.read({
    apps: db.build.select().from(secondFactors).where(eq(secondFactors.userId, userId)),
    keys: passkeysOf(db, userId),
  });
  return { app: apps[0], passkeys: keys };
}

/** Whether a person has a second factor of either kind. */
export function hasFactor({ app, passkeys }: Factors): boolean {
  return app !== undefined || passkeys.length > 0;
}

/** Tries a code of the app, where the person has one, or a recovery code. */
export async function tryAnyCode(
  auth: AuthContext,
  userId: string,
  { app }: Factors,
  typed: string,
): Promise<CodeOutcome> {
  if (app) return tryCode(auth, app, typed);
  // A recovery code has 100 random bits, so guesses at it need no count.
  const refused = await auth.db.tryCommit(await usingRecoveryCode(auth, userId, typed));
  return { kind: refused ? "no_recovery_code" : "right" };
}

/** Aborts the batch with `factor_changed` unless the person has a second factor (`has`), or has none (not `has`). */
export function guardHasFactor({ db }: Pick<AuthContext, "db">, userId: string, has: boolean): Query {
  const app = sql`SELECT 1 FROM ${secondFactors} WHERE ${secondFactors.userId} = ${userId}`;
  const key = sql`SELECT 1 FROM ${passkeys} WHERE ${passkeys.userId} = ${userId}`;
  return guardThat(db, sql`(EXISTS (${app}) OR EXISTS (${key})) = ${has ? 1 : 0}`, "factor_changed");
}

/**
 * Removes a person's app, and ends their sessions but this one. Answers its new token; undefined when another factor was
 * added or removed at the same moment.
 */
export async function removeApp(auth: AuthContext, person: Person, { passkeys }: Factors): Promise<string | undefined> {
  const { userId } = person;
  const { token, statements } = removingFactor(auth, person, passkeys.length > 0);
  const refused = await auth.db.tryCommit([
    ...droppingApp(auth, userId),
    ...statements,
    ...auditOfOwner(auth, userId, {
      eventKind: "second_factor_removed",
      summary: "The owner's second factor was turned off.",
    }),
  ]);
  return refused ? undefined : token;
}

/**
 * The statements that follow the removal of a factor: the person's other sessions end, and with the last factor also their
 * recovery codes, and the owner's grants that carry owner scopes. `hasOther` says whether a factor is left; the batch
 * aborts with `factor_changed` where that is not so.
 */
export function removingFactor(auth: AuthContext, person: Person, hasOther: boolean) {
  const { userId } = person;
  const { token, statements } = endingOtherSessions(auth, person, hasOther && person.secondFactor);
  const ownerGrants = { userId, at: auth.clock.now(), carrying: ownerScopes };
  const last = hasOther ? [] : [droppingRecoveryCodes(auth, userId)];
  const revoked = !hasOther && userId === auth.ownerUserId ? markAllRevoked(auth, ownerGrants) : [];
  return { token, statements: [guardHasFactor(auth, userId, hasOther), ...last, ...statements, ...revoked] };
}

/** Statements that remove every factor of a person, and every set-up of an app that was begun. */
export function dropFactors(auth: Pick<AuthContext, "db">, userId: string): Query[] {
  return [
    ...droppingApp(auth, userId),
    auth.db.build.delete(passkeys).where(eq(passkeys.userId, userId)),
    droppingRecoveryCodes(auth, userId),
  ];
}

function droppingApp({ db }: Pick<AuthContext, "db">, userId: string): Query[] {
  const ofPerson = db.build.select({ id: session.id }).from(session).where(eq(session.userId, userId));
  return [
    db.build.delete(begunSecondFactors).where(inArray(begunSecondFactors.sessionId, ofPerson)),
    db.build.delete(secondFactors).where(eq(secondFactors.userId, userId)),
  ];
}
