import { createHash, randomBytes } from "node:crypto";
import { and, eq, inArray, isNull, lt, lte, or, sql } from "drizzle-orm";
import { GuardFailed, guardChanged, guardThat, type Query } from "../db/database.ts";
import { session } from "../db/schema/people.ts";
import { begunSecondFactors, recoveryCodes, secondFactors } from "../db/schema/sign-in.ts";
import { auditOfOwner } from "./audit.ts";
import type { AuthContext } from "./context.ts";
import { markAllRevoked } from "./grants.ts";
import type { Person } from "./people.ts";
import { ownerScopes } from "./scopes.ts";
import { keepingOnly } from "./sessions.ts";
import { base32, stepOf } from "./totp.ts";

/** Wrong codes in a row, whoever types them, until the factor rests (NIST SP 800-63B section 5.2.2). */
const FAILURES = 10;
const LOCK_MS = 15 * 60_000;
const RECOVERY_CODES = 10;

type SecondFactor = typeof secondFactors.$inferSelect;

/** How an attempt with a code went. */
export type CodeOutcome = "right" | "wrong" | "locked";

const placeOf = (userId: string) => `second factor of ${userId}`;

/** The person's second factor, where one is in force. */
export async function findSecondFactor(auth: AuthContext, userId: string): Promise<SecondFactor | undefined> {
  const { rows } = await auth.db.read({
    rows: auth.db.build.select().from(secondFactors).where(eq(secondFactors.userId, userId)),
  });
  return rows[0];
}

/** A secret that waits for its first code. */
export interface BegunFactor {
  readonly secret: Uint8Array;
  readonly secretSealed: string;
  /** Names the secret that a page shows, so that its form can confirm no other. */
  readonly name: string;
}

/** What this session has begun: it alone is shown the secret, and it alone can confirm it. */
export async function findBegunFactor(auth: AuthContext, person: Person): Promise<BegunFactor | undefined> {
  const { rows } = await auth.db.read({
    rows: auth.db.build
      .select({ secretSealed: begunSecondFactors.secretSealed })
      .from(begunSecondFactors)
      .where(eq(begunSecondFactors.sessionId, person.sessionId)),
  });
  const [row] = rows;
  if (!row) return undefined;
  const { secretSealed } = row;
  const secret = await openSecret(auth, { userId: person.userId, secretSealed });
  return { secret, secretSealed, name: auth.keys.mac("second-factor-shown", secretSealed) };
}

/**
 * Begins a second factor in this session, in place of one that it had begun. `expected` is the secret in force that the
 * person has just proven, or none; false when that has changed, or the session is over.
 */
export async function beginSecondFactor(
  auth: AuthContext,
  { userId, sessionId }: Person,
  expected: SecondFactor | undefined,
): Promise<boolean> {
  const secretSealed = await auth.keyring.seal(randomBytes(20).toString("hex"), placeOf(userId));
  const { db } = auth;
  const inForce = sql`SELECT ${secondFactors.confirmedAt} FROM ${secondFactors} WHERE ${secondFactors.userId} = ${userId}`;
  try {
    await db.commit([
      guardThat(db, sql`(${inForce}) IS ${expected?.confirmedAt ?? null}`, "factor_changed"),
      guardThat(db, sql`EXISTS (SELECT 1 FROM ${session} WHERE ${session.id} = ${sessionId})`, "session_over"),
      db.build
        .insert(begunSecondFactors)
        .values({ sessionId, secretSealed })
        .onConflictDoUpdate({ target: begunSecondFactors.sessionId, set: { secretSealed } }),
    ]);
    return true;
  } catch (error) {
    if (error instanceof GuardFailed) return false;
    throw error;
  }
}

/** Forgets what this session has begun. What is in force stays. */
export async function forgetBegunFactor({ db }: AuthContext, { sessionId }: Person): Promise<void> {
  await db.commit([db.build.delete(begunSecondFactors).where(eq(begunSecondFactors.sessionId, sessionId))]);
}

/** What came of a confirmation. `changed`: another secret took the place of this one, or the session is over. */
export type Confirmation = { recoveryCodes: readonly string[]; token: string } | "wrong" | "changed";

/**
 * Puts what this session began into force with one of its codes, in place of what was in force until then, and leaves
 * the person this one session. Answers the recovery codes, which are kept as hashes, and the session's new token.
 */
export async function confirmSecondFactor(
  auth: AuthContext,
  person: Person,
  begun: BegunFactor,
  typed: string,
): Promise<Confirmation> {
  const { userId, sessionId } = person;
  const now = auth.clock.now();
  const { secret, secretSealed } = begun;
  const step = stepOf(secret, bare(typed), now, 0);
  if (step === undefined) return "wrong";
  const codes = Array.from({ length: RECOVERY_CODES }, () =>
    (base32(randomBytes(13)).slice(0, 20).match(/.{5}/g) ?? []).join("-"),
  );
  const row = { userId, secretSealed, confirmedAt: now, lastStep: step, failures: 0, lockedUntil: null };
  const { token, statements } = keepingOnly(auth, person, true);
  try {
    await auth.db.commit([
      auth.db.build
        .delete(begunSecondFactors)
        .where(and(eq(begunSecondFactors.sessionId, sessionId), eq(begunSecondFactors.secretSealed, secretSealed))),
      guardChanged(auth.db, "factor_changed"),
      auth.db.build.insert(secondFactors).values(row).onConflictDoUpdate({ target: secondFactors.userId, set: row }),
      auth.db.build.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)),
      auth.db.build.insert(recoveryCodes).values(codes.map((code) => ({ userId, codeSha256: hashOf(code) }))),
      ...statements,
      ...auditOfOwner(auth, userId, {
        eventKind: "second_factor_enabled",
        summary: "The owner's second factor was set up.",
      }),
    ]);
  } catch (error) {
    if (error instanceof GuardFailed) return "changed";
    throw error;
  }
  return { recoveryCodes: codes, token };
}

/**
 * Takes a person's second factor away, and leaves them this one session. Answers its new token. Where it was the owner's,
 * what it let programs do in the owner's name ends with it.
 */
export async function removeSecondFactor(auth: AuthContext, person: Person): Promise<string> {
  const { token, statements } = keepingOnly(auth, person, false);
  const { userId } = person;
  const ownerGrants = { userId, at: auth.clock.now(), carrying: ownerScopes };
  await auth.db.commit([
    ...dropSecondFactor(auth, userId),
    ...statements,
    ...(userId === auth.ownerUserId ? markAllRevoked(auth, ownerGrants) : []),
    ...auditOfOwner(auth, userId, {
      eventKind: "second_factor_removed",
      summary: "The owner's second factor was turned off.",
    }),
  ]);
  return token;
}

/** Statements that take a person's second factor away, and what was begun. */
export function dropSecondFactor(auth: Pick<AuthContext, "db">, userId: string): Query[] {
  const ofPerson = auth.db.build.select({ id: session.id }).from(session).where(eq(session.userId, userId));
  return [
    auth.db.build.delete(begunSecondFactors).where(inArray(begunSecondFactors.sessionId, ofPerson)),
    auth.db.build.delete(secondFactors).where(eq(secondFactors.userId, userId)),
    auth.db.build.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)),
  ];
}

/**
 * Tries a code of the app's, or a recovery code, at the factor in force. The attempt is counted before it is
 * looked at, so guesses sent all at once are counted too; a right code clears the count, and is never right again.
 * A factor that rests still takes recovery codes, which can't be guessed: whoever fails on purpose keeps nobody out.
 */
export async function tryCode(auth: AuthContext, factor: SecondFactor, typed: string): Promise<CodeOutcome> {
  const { userId } = factor;
  const now = auth.clock.now();
  const code = bare(typed);
  const counted = await countAttempt(auth, userId, now);
  // Of the very factor that was read: its codes are none of the one that took its place.
  const own = and(eq(secondFactors.userId, userId), eq(secondFactors.confirmedAt, factor.confirmedAt));
  const secret = await openSecret(auth, factor);
  const step = counted ? stepOf(secret, code, now, factor.lastStep) : undefined;
  const clear = { failures: 0, lockedUntil: null };
  try {
    if (step !== undefined) {
      // Sealed anew with the current secret, so that a secret of the server's can be retired.
      const secretSealed = await auth.keyring.seal(Buffer.from(secret).toString("hex"), placeOf(userId));
      await auth.db.commit([
        auth.db.build
          .update(secondFactors)
          .set({ ...clear, lastStep: step, secretSealed })
          .where(and(own, lt(secondFactors.lastStep, step))),
        guardChanged(auth.db, "code_used"),
      ]);
      return "right";
    }
    await auth.db.commit([
      auth.db.build
        .delete(recoveryCodes)
        .where(and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.codeSha256, hashOf(code)))),
      guardChanged(auth.db, "code_used"),
      auth.db.build.update(secondFactors).set(clear).where(own),
    ]);
    return "right";
  } catch (error) {
    if (error instanceof GuardFailed) return counted ? "wrong" : "locked";
    throw error;
  }
}

async function openSecret(
  auth: AuthContext,
  sealed: Pick<SecondFactor, "userId" | "secretSealed">,
): Promise<Uint8Array> {
  return Buffer.from(await auth.keyring.open(sealed.secretSealed, placeOf(sealed.userId)), "hex");
}

/** Counts one attempt in one statement; false while the factor rests. */
async function countAttempt({ db }: AuthContext, userId: string, now: number): Promise<boolean> {
  const failures = sql`CASE WHEN ${secondFactors.lockedUntil} IS NULL THEN ${secondFactors.failures} + 1 ELSE 1 END`;
  const { counted } = await db.read({
    counted: db.build
      .update(secondFactors)
      .set({
        failures,
        lockedUntil: sql`CASE WHEN ${secondFactors.lockedUntil} IS NULL AND ${secondFactors.failures} + 1 >= ${FAILURES} THEN ${now + LOCK_MS} END`,
      })
      .where(
        and(
          eq(secondFactors.userId, userId),
          or(isNull(secondFactors.lockedUntil), lte(secondFactors.lockedUntil, now)),
        ),
      )
      .returning({ failures: secondFactors.failures }),
  });
  return counted.length === 1;
}

/** A code as it counts: spaces, hyphens and case are for people. */
function bare(typed: string): string {
  return typed.replaceAll(/[\s-]/g, "").toUpperCase();
}

/** A code as typed or as shown; 100 random bits need no salt. */
function hashOf(code: string): string {
  return createHash("sha256").update(bare(code)).digest("hex");
}
