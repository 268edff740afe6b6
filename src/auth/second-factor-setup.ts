import { randomBytes } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import { guardChanged, guardThat } from "../db/database.ts";
import { session } from "../db/schema/people.ts";
import { begunSecondFactors, secondFactors } from "../db/schema/sign-in.ts";
import { auditOfOwner } from "./audit.ts";
import type { AuthContext } from "./context.ts";
import type { Person } from "./people.ts";
import { bareCode, issuingRecoveryCodes } from "./recovery-codes.ts";
import { openSecret, type SecondFactor, sealSecret } from "./second-factor.ts";
import { endingOtherSessions } from "./sessions.ts";
import { stepOf } from "./totp.ts";

const SECRET_BYTES = 20;

/** A secret that one session has begun to set up and not confirmed yet. */
interface BegunFactor {
  readonly secret: Uint8Array;
  readonly secretSealed: string;
  /** Identifies the secret that a page shows, so that its form can confirm no other. */
  readonly name: string;
}

/** The set-up that this session has begun. No other session is shown its secret or can confirm it. */
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
 * Begins a second factor in this session and replaces one that the session had begun. `expected` is the factor in force
 * that the person has just proven, or undefined. Answers false when another is in force now, or the session has ended.
 */
export async function beginSecondFactor(
  auth: AuthContext,
  { userId, sessionId }: Person,
  expected: SecondFactor | undefined,
): Promise<boolean> {
  const secretSealed = await sealSecret(auth, userId, randomBytes(SECRET_BYTES));
  const { db } = auth;
  const inForce = sql`SELECT ${secondFactors.confirmedAt} FROM ${secondFactors} WHERE ${secondFactors.userId} = ${userId}`;
  const refused = await db.tryCommit([
    guardThat(db, sql`(${inForce}) IS ${expected?.confirmedAt ?? null}`, "factor_changed"),
    guardThat(db, sql`EXISTS (SELECT 1 FROM ${session} WHERE ${session.id} = ${sessionId})`, "session_over"),
    db.build
      .insert(begunSecondFactors)
      .values({ sessionId, secretSealed })
      .onConflictDoUpdate({ target: begunSecondFactors.sessionId, set: { secretSealed } }),
  ]);
  return refused === undefined;
}

/** Deletes the set-up that this session has begun. The factor in force stays. */
export async function forgetBegunFactor({ db }: AuthContext, { sessionId }: Person): Promise<void> {
  await db.commit([db.build.delete(begunSecondFactors).where(eq(begunSecondFactors.sessionId, sessionId))]);
}

/** The outcome of a confirmation. */
export type Confirmation =
  | { readonly kind: "confirmed"; readonly recoveryCodes: readonly string[]; readonly sessionToken: string }
  | { readonly kind: "wrong" }
  /** Another secret has replaced this one, or the session has ended. */
  | { readonly kind: "changed" };

/**
 * Puts the factor that this session began into force, if the code is right: it replaces the former factor and ends the
 * person's other sessions. Answers the recovery codes, which are stored as hashes, and this session's new token.
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
  const step = stepOf(secret, bareCode(typed), now, 0);
  if (step === undefined) return { kind: "wrong" };
  const recovery = await issuingRecoveryCodes(auth, userId);
  const row = { userId, secretSealed, confirmedAt: now, lastStep: step, failures: 0, lockedUntil: null };
  const { token, statements } = endingOtherSessions(auth, person, true);
  const refused = await auth.db.tryCommit([
    auth.db.build
      .delete(begunSecondFactors)
      .where(and(eq(begunSecondFactors.sessionId, sessionId), eq(begunSecondFactors.secretSealed, secretSealed))),
    guardChanged(auth.db, "factor_changed"),
    auth.db.build.insert(secondFactors).values(row).onConflictDoUpdate({ target: secondFactors.userId, set: row }),
    ...recovery.statements,
    ...statements,
    ...auditOfOwner(auth, userId, {
      eventKind: "second_factor_enabled",
      summary: "The owner's second factor was set up.",
    }),
  ]);
  return refused ? { kind: "changed" } : { kind: "confirmed", recoveryCodes: recovery.codes, sessionToken: token };
}
