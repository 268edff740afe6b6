import { createHash, randomBytes } from "node:crypto";
import { and, eq, isNotNull, isNull, lt, lte, or, sql } from "drizzle-orm";
import { GuardFailed, guardChanged, type Query } from "../db/database.ts";
import { recoveryCodes, secondFactors } from "../db/schema/sign-in.ts";
import type { AuthContext } from "./context.ts";
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

/** Begins a second factor, in place of one that was begun and never confirmed. Answers the secret, to be shown. */
export async function beginSecondFactor(auth: AuthContext, userId: string): Promise<Uint8Array> {
  const secret = randomBytes(20);
  const secretSealed = await auth.keyring.seal(secret.toString("hex"), placeOf(userId));
  const row = { userId, secretSealed, createdAt: auth.clock.now() };
  await auth.db.commit([
    auth.db.build
      .insert(secondFactors)
      .values(row)
      .onConflictDoUpdate({ target: secondFactors.userId, set: row, setWhere: isNull(secondFactors.confirmedAt) }),
  ]);
  return secret;
}

/** The secret of a second factor, for showing it while it is not confirmed. */
export async function secretOf(auth: AuthContext, factor: SecondFactor): Promise<Uint8Array> {
  return Buffer.from(await auth.keyring.open(factor.secretSealed, placeOf(factor.userId)), "hex");
}

/** Puts a second factor into force, and answers the recovery codes: shown once, kept as hashes. */
export async function confirmSecondFactor(auth: AuthContext, userId: string): Promise<readonly string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, () =>
    (base32(randomBytes(13)).slice(0, 20).match(/.{5}/g) ?? []).join("-"),
  );
  await auth.db.commit([
    auth.db.build.update(secondFactors).set({ confirmedAt: auth.clock.now() }).where(eq(secondFactors.userId, userId)),
    auth.db.build.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)),
    auth.db.build.insert(recoveryCodes).values(codes.map((code) => ({ userId, codeSha256: hashOf(code) }))),
  ]);
  return codes;
}

/** Statements that take a person's second factor away. */
export function dropSecondFactor(auth: Pick<AuthContext, "db">, userId: string): Query[] {
  return [
    auth.db.build.delete(secondFactors).where(eq(secondFactors.userId, userId)),
    auth.db.build.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)),
  ];
}

/**
 * Tries a code of the app's, or a recovery code where those are taken. The attempt is counted before it is looked at,
 * so guesses sent all at once are counted too; a right code clears the count, and is never right again.
 */
export async function tryCode(auth: AuthContext, factor: SecondFactor, typed: string): Promise<CodeOutcome> {
  const { userId } = factor;
  const now = auth.clock.now();
  const code = typed.replaceAll(/[\s-]/g, "").toUpperCase();
  if (!(await countAttempt(auth, userId, now))) return "locked";
  const own = eq(secondFactors.userId, userId);
  const secret = await secretOf(auth, factor);
  const step = stepOf(secret, code, now, factor.lastStep);
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
    if (factor.confirmedAt === null) return "wrong";
    await auth.db.commit([
      auth.db.build
        .delete(recoveryCodes)
        .where(and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.codeSha256, hashOf(code)))),
      guardChanged(auth.db, "code_used"),
      auth.db.build
        .update(secondFactors)
        .set(clear)
        .where(and(own, isNotNull(secondFactors.confirmedAt))),
    ]);
    return "right";
  } catch (error) {
    if (error instanceof GuardFailed) return "wrong";
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

/** A code as typed or as shown; 100 random bits need no salt. */
function hashOf(code: string): string {
  return createHash("sha256").update(code.replaceAll("-", "")).digest("hex");
}
