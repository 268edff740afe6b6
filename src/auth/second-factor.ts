import { createHash, randomBytes } from "node:crypto";
import { and, eq, isNotNull, isNull, lt, lte, or, sql } from "drizzle-orm";
import { GuardFailed, guardChanged, type Query } from "../db/database.ts";
import { recoveryCodes, secondFactors } from "../db/schema/sign-in.ts";
import { auditOfOwner } from "./audit.ts";
import type { AuthContext } from "./context.ts";
import type { Person } from "./people.ts";
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

/** The person's second factor, confirmed or begun. */
export async function findSecondFactor(auth: AuthContext, userId: string): Promise<SecondFactor | undefined> {
  const { rows } = await auth.db.read({
    rows: auth.db.build.select().from(secondFactors).where(eq(secondFactors.userId, userId)),
  });
  return rows[0];
}

/** Begins a second factor, in place of one that was begun and never confirmed. */
export async function beginSecondFactor(auth: AuthContext, userId: string): Promise<void> {
  const secretSealed = await auth.keyring.seal(randomBytes(20).toString("hex"), placeOf(userId));
  const row = { userId, secretSealed, createdAt: auth.clock.now() };
  await auth.db.commit([
    auth.db.build
      .insert(secondFactors)
      .values(row)
      .onConflictDoUpdate({ target: secondFactors.userId, set: row, setWhere: isNull(secondFactors.confirmedAt) }),
  ]);
}

/** The secret of a second factor, for showing it while it is not confirmed. */
export async function secretOf(auth: AuthContext, factor: SecondFactor): Promise<Uint8Array> {
  return Buffer.from(await auth.keyring.open(factor.secretSealed, placeOf(factor.userId)), "hex");
}

/** Names the secret that a page shows, so that its form can confirm no other. */
export function shownName(auth: AuthContext, factor: SecondFactor): string {
  return auth.keys.mac("second-factor-shown", factor.secretSealed);
}

/** What came of a confirmation. `changed`: the factor is in force already, or another secret took the place of this one. */
export type Confirmation = { recoveryCodes: readonly string[]; token: string } | "wrong" | "locked" | "changed";

/**
 * Puts the second factor that was read into force, with one of its codes, and leaves the person this one session.
 * Answers the recovery codes, which are kept as hashes, and the session's new token.
 */
export async function confirmSecondFactor(
  auth: AuthContext,
  person: Person,
  factor: SecondFactor,
  typed: string,
): Promise<Confirmation> {
  const { userId } = person;
  const now = auth.clock.now();
  if (!(await countAttempt(auth, userId, now))) return "locked";
  const step = stepOf(await secretOf(auth, factor), bare(typed), now, factor.lastStep);
  if (step === undefined) return "wrong";
  const codes = Array.from({ length: RECOVERY_CODES }, () =>
    (base32(randomBytes(13)).slice(0, 20).match(/.{5}/g) ?? []).join("-"),
  );
  const { token, statements } = keepingOnly(auth, person, true);
  try {
    await auth.db.commit([
      auth.db.build
        .update(secondFactors)
        .set({ confirmedAt: now, lastStep: step, failures: 0, lockedUntil: null })
        .where(
          and(
            eq(secondFactors.userId, userId),
            isNull(secondFactors.confirmedAt),
            eq(secondFactors.secretSealed, factor.secretSealed),
          ),
        ),
      guardChanged(auth.db, "factor_changed"),
      auth.db.build.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)),
      auth.db.build.insert(recoveryCodes).values(codes.map((code) => ({ userId, codeSha256: hashOf(code) }))),
      ...statements,
      ...auditOfOwner(auth, userId, {
        eventKind: "second_factor_enabled",
        summary: "The owner's second factor was turned on.",
      }),
    ]);
  } catch (error) {
    if (error instanceof GuardFailed) return "changed";
    throw error;
  }
  return { recoveryCodes: codes, token };
}

/** Takes a person's second factor away, and leaves them this one session. Answers its new token. */
export async function removeSecondFactor(auth: AuthContext, person: Person): Promise<string> {
  const { token, statements } = keepingOnly(auth, person, false);
  await auth.db.commit([
    ...dropSecondFactor(auth, person.userId),
    ...statements,
    ...auditOfOwner(auth, person.userId, {
      eventKind: "second_factor_removed",
      summary: "The owner's second factor was turned off.",
    }),
  ]);
  return token;
}

/** Statements that take a person's second factor away. */
export function dropSecondFactor(auth: Pick<AuthContext, "db">, userId: string): Query[] {
  return [
    auth.db.build.delete(secondFactors).where(eq(secondFactors.userId, userId)),
    auth.db.build.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)),
  ];
}

/**
 * Tries a code of the app's, or a recovery code, at a factor that is in force. The attempt is counted before it is
 * looked at, so guesses sent all at once are counted too; a right code clears the count, and is never right again.
 * A factor that rests still takes recovery codes, which can't be guessed: whoever fails on purpose keeps nobody out.
 */
export async function tryCode(auth: AuthContext, factor: SecondFactor, typed: string): Promise<CodeOutcome> {
  const { userId } = factor;
  const now = auth.clock.now();
  const code = bare(typed);
  const counted = await countAttempt(auth, userId, now);
  const own = and(eq(secondFactors.userId, userId), isNotNull(secondFactors.confirmedAt));
  const secret = await secretOf(auth, factor);
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
