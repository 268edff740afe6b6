import { and, eq, inArray, isNull, lt, lte, or, sql } from "drizzle-orm";
import { sha256 } from "../base/digest.ts";
import { guardChanged, type Query } from "../db/database.ts";
import { session } from "../db/schema/people.ts";
import { begunSecondFactors, recoveryCodes, secondFactors } from "../db/schema/sign-in.ts";
import { auditOfOwner } from "./audit.ts";
import type { AuthContext } from "./context.ts";
import type { Faults } from "./faults.ts";
import { markAllRevoked } from "./grants.ts";
import type { Person } from "./people.ts";
import { ownerScopes } from "./scopes.ts";
import { endingOtherSessions } from "./sessions.ts";
import { stepOf } from "./totp.ts";

/** Wrong codes in a row that lock the factor, from any network (NIST SP 800-63B section 5.2.2). */
const FAILURES = 10;
const LOCK_MS = 15 * 60_000;

/** A person's second factor that is in force. */
export type SecondFactor = typeof secondFactors.$inferSelect;

/** `locked`: too many wrong codes; a recovery code is still accepted. */
export type RefusedCode = { readonly kind: "wrong" | "locked" };

/** The outcome of an attempt with a code. */
type CodeOutcome = { readonly kind: "right" } | RefusedCode;

/** How a form page shows a refused code. */
export const CODE_FAULTS: Readonly<Record<RefusedCode["kind"], Faults>> = {
  wrong: {
    status: 422,
    errors: { code: "That is not the code that your app shows now, nor an unused recovery code." },
  },
  locked: {
    status: 429,
    errors: { code: "Too many wrong codes. Use a recovery code, or try again in 15 minutes." },
    retryAfterSeconds: LOCK_MS / 1000,
  },
};

/** The person's second factor, where one is in force. */
export async function findSecondFactor(auth: AuthContext, userId: string): Promise<SecondFactor | undefined> {
  const { rows } = await auth.db.read({
    rows: auth.db.build.select().from(secondFactors).where(eq(secondFactors.userId, userId)),
  });
  return rows[0];
}

/**
 * Removes a person's second factor, and ends their sessions but this one. Answers its new token. If the person is the
 * owner, the grants that carry owner scopes end too.
 */
export async function removeSecondFactor(auth: AuthContext, person: Person): Promise<string> {
  const { token, statements } = endingOtherSessions(auth, person, false);
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

/** Statements that remove a person's second factor, and every set-up of one that was begun. */
export function dropSecondFactor(auth: Pick<AuthContext, "db">, userId: string): Query[] {
  const ofPerson = auth.db.build.select({ id: session.id }).from(session).where(eq(session.userId, userId));
  return [
    auth.db.build.delete(begunSecondFactors).where(inArray(begunSecondFactors.sessionId, ofPerson)),
    auth.db.build.delete(secondFactors).where(eq(secondFactors.userId, userId)),
    auth.db.build.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)),
  ];
}

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
  const codeSha256 = await codeHash(typed);
  const refused = await auth.db.tryCommit(
    step === undefined
      ? [
          auth.db.build
            .delete(recoveryCodes)
            .where(and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.codeSha256, codeSha256))),
          guardChanged(auth.db, "code_used"),
          auth.db.build.update(secondFactors).set(clear).where(own),
        ]
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

/** A code without its spaces, hyphens and lower case, which are for reading. */
export function bareCode(typed: string): string {
  return typed.replaceAll(/[\s-]/g, "").toUpperCase();
}

/** The hash that a recovery code is stored as, whether typed or as shown; 100 random bits need no salt. */
export function codeHash(code: string): Promise<string> {
  return sha256(bareCode(code));
}
