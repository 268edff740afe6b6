import { and, eq, isNull, lt, lte, or, sql } from "drizzle-orm";
import { guardChanged } from "../db/database.ts";
import { secondFactors } from "../db/schema/sign-in.ts";
import type { AuthContext } from "./context.ts";
import type { Faults } from "./faults.ts";
import { bareCode, usingRecoveryCode } from "./recovery-codes.ts";
import { stepOf } from "./totp.ts";

/** Wrong codes in a row that lock the factor, from any network (NIST SP 800-63B section 5.2.2). */
const FAILURES = 10;
const LOCK_MS = 15 * 60_000;

/** A person's authenticator app as their second factor, in force. */
export type SecondFactor = typeof secondFactors.$inferSelect;

/**
 * `locked`: too many wrong codes; a recovery code is still accepted. `no_recovery_code`: the person has no app, so no other
 * code could be right.
 */
export type RefusedCode = { readonly kind: "wrong" | "locked" | "no_recovery_code" };

/** The outcome of an attempt with a code. */
export type CodeOutcome = { readonly kind: "right" } | RefusedCode;

/** How a form page shows a refused code. */
export const CODE_FAULTS: Readonly<Record<RefusedCode["kind"], Faults>> = {
  wrong: {
    status: 422,
    errors: { code: "That is not the code that your app shows now, nor an unused recovery code." },
  },
  no_recovery_code: { status: 422, errors: { code: "That is not an unused recovery code." } },
  locked: {
    status: 429,
    errors: { code: "Too many wrong codes. Use a recovery code, or try again in 15 minutes." },
    retryAfterSeconds: LOCK_MS / 1000,
  },
};

/**
 * Tries a code of the app, or a recovery code, against the factor in force. The attempt is counted before the code is
 * checked, so that guesses sent all at once are counted too. A right code resets the count, and is refused from then on.
 * A locked factor still accepts recovery codes, which can't be guessed: wrong codes typed on purpose lock no person out.
 */
export async function tryCode(auth: AuthContext, factor: SecondFactor, typed: string): Promise<CodeOutcome> {
  const { userId } = factor;
  const now = auth.clock.now();
  const counted = await countAttempt(auth, userId, now);
  // Matches the factor that was read, and no factor that has replaced it since.
  const own = and(eq(secondFactors.userId, userId), eq(secondFactors.confirmedAt, factor.confirmedAt));
  const secret = await openSecret(auth, factor);
  const step = counted ? stepOf(secret, bareCode(typed), now, factor.lastStep) : undefined;
  const clear = { failures: 0, lockedUntil: null };
  const refused = await auth.db.tryCommit(
    step === undefined
      ? [...(await usingRecoveryCode(auth, userId, typed)), auth.db.build.update(secondFactors).set(clear).where(own)]
      : [
          // Sealed again with the current secret, so that an old secret of the server's can be retired.
          auth.db.build
            .update(secondFactors)
            .set({ ...clear, lastStep: step, secretSealed: await sealSecret(auth, userId, secret) })
            .where(and(own, lt(secondFactors.lastStep, step))),
          guardChanged(auth.db, "code_used"),
        ],
  );
  if (!refused) return { kind: "right" };
  return { kind: counted ? "wrong" : "locked" };
}

const placeOf = (userId: string) => `second factor of ${userId}`;

/** Encrypts a factor's secret for one person's row. */
export function sealSecret(auth: AuthContext, userId: string, secret: Uint8Array): Promise<string> {
  return auth.keyring.seal(Buffer.from(secret).toString("hex"), placeOf(userId));
}

/** The secret of a sealed factor. */
export async function openSecret(
  auth: AuthContext,
  sealed: Pick<SecondFactor, "userId" | "secretSealed">,
): Promise<Uint8Array> {
  return Buffer.from(await auth.keyring.open(sealed.secretSealed, placeOf(sealed.userId)), "hex");
}

/** Counts one attempt in one statement; false while the factor is locked. */
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
