import { and, eq, sql } from "drizzle-orm";
import { guardChanged, guardThat, type Query } from "../db/database.ts";
import { passkeys } from "../db/schema/consent.ts";
import { session } from "../db/schema/people.ts";
import { auditOfPerson } from "./audit.ts";
import type { AuthContext } from "./context.ts";
import { type Factors, guardHasFactor, hasFactor, removingFactor } from "./factors.ts";
import { isOwnChallenge } from "./passkey-challenge.ts";
import { readRegistration, verifyRegistration } from "./passkey-registration.ts";
import type { Person } from "./people.ts";
import { issuingRecoveryCodes } from "./recovery-codes.ts";
import { endingOtherSessions } from "./sessions.ts";
import { challengeIn, MOST_PASSKEYS, type Passkey } from "./webauthn.ts";

/** Why a passkey was not added. */
export type AddRefusal = "late" | "unusable" | "yours" | "taken" | "full" | "changed";

/** The outcome of adding a passkey. With the first factor come recovery codes and a new token of this session. */
export type Added =
  | { readonly kind: "added"; readonly first?: { readonly codes: readonly string[]; readonly sessionToken: string } }
  | { readonly kind: AddRefusal };

/**
 * Adds the passkey that the browser made. As the first factor it ends the person's other sessions: they were opened
 * without one. `factors` are the person's, as they were read in this request.
 */
export async function addPasskey(
  auth: AuthContext,
  person: Person,
  factors: Factors,
  made: { readonly credential: string | null; readonly name: string },
): Promise<Added> {
  const { db } = auth;
  const { userId, sessionId } = person;
  const registration = readRegistration(made.credential);
  if (!registration) return { kind: "unusable" };
  const challenge = challengeIn(registration.response.clientDataJSON);
  if (!isOwnChallenge(auth, "add", sessionId, challenge)) return { kind: "late" };
  const verified = await verifyRegistration(registration, { challenge, publicUrl: auth.publicUrl });
  if (!verified) return { kind: "unusable" };
  const isFirst = !hasFactor(factors);
  const recovery = isFirst ? await issuingRecoveryCodes(auth, userId) : undefined;
  const ending = isFirst ? endingOtherSessions(auth, person, true) : undefined;
  const same = sql`SELECT 1 FROM ${passkeys} WHERE ${passkeys.credentialId} = ${verified.credentialId}`;
  const refused = await db.tryCommit([
    ...auth.tokens.spending("passkey", challenge, userId),
    guardHasFactor(auth, userId, !isFirst),
    ...(isFirst ? [] : [guardProvenSession(auth, person)]),
    guardThat(db, sql`NOT EXISTS (${same} AND ${passkeys.userId} = ${userId})`, "passkey_yours"),
    guardThat(db, sql`NOT EXISTS (${same})`, "passkey_taken"),
    guardThat(
      db,
      sql`(SELECT count(*) FROM ${passkeys} WHERE ${passkeys.userId} = ${userId}) < ${MOST_PASSKEYS}`,
      "passkeys_full",
    ),
    db.build.insert(passkeys).values({ ...verified, userId, name: made.name, createdAt: auth.clock.now() }),
    ...(recovery?.statements ?? []),
    ...(ending?.statements ?? []),
    auditOfPerson(auth, userId, { eventKind: "passkey_added", summary: "A passkey was added to the account." }),
  ]);
  if (refused) return { kind: REFUSALS[refused] ?? "changed" };
  return { kind: "added", ...(recovery && ending && { first: { codes: recovery.codes, sessionToken: ending.token } }) };
}

const REFUSALS: Readonly<Record<string, AddRefusal>> = {
  challenge_used: "late",
  passkey_yours: "yours",
  passkey_taken: "taken",
  passkeys_full: "full",
};

/** Gives a person's passkey another name. False where they have no such passkey. */
export async function renamePasskey({ db }: AuthContext, person: Person, id: string, name: string): Promise<boolean> {
  const statements = [
    db.build.update(passkeys).set({ name }).where(ownKey(person, id)),
    guardChanged(db, "no_passkey"),
  ];
  return (await db.tryCommit(statements)) === undefined;
}

/**
 * Removes a person's passkey, and ends their sessions but this one: the removed key may have opened them. Answers this
 * session's new token; undefined where there is no such passkey, or another factor changed at the same moment.
 */
export async function removePasskey(
  auth: AuthContext,
  person: Person,
  { app, passkeys: all }: Factors,
  id: string,
): Promise<string | undefined> {
  const { db } = auth;
  const { token, statements } = removingFactor(auth, person, app !== undefined || all.length > 1);
  const refused = await db.tryCommit([
    guardProvenSession(auth, person),
    db.build.delete(passkeys).where(ownKey(person, id)),
    guardChanged(db, "no_passkey"),
    ...statements,
    auditOfPerson(auth, person.userId, {
      eventKind: "passkey_removed",
      summary: "A passkey was removed from the account.",
    }),
  ]);
  return refused ? undefined : token;
}

/** New recovery codes for a person with a factor; undefined where they have none, or their session has ended. */
export async function renewRecoveryCodes(auth: AuthContext, person: Person): Promise<readonly string[] | undefined> {
  const { codes, statements } = await issuingRecoveryCodes(auth, person.userId);
  const guards = [guardProvenSession(auth, person), guardHasFactor(auth, person.userId, true)];
  return (await auth.db.tryCommit([...guards, ...statements])) ? undefined : codes;
}

/** The audit row of a counter that did not grow, which the key itself has signed. */
export function auditOfCounter(auth: AuthContext, { userId }: Passkey): Query {
  return auditOfPerson(auth, userId, {
    eventKind: "passkey_counter_refused",
    summary: "A passkey was refused: its counter did not grow, so a copy of it may exist.",
  });
}

const ownKey = ({ userId }: Person, id: string) => and(eq(passkeys.credentialId, id), eq(passkeys.userId, userId));

/** Refuses a batch with `session_over` unless the session still stands, and was opened with the second factor. */
function guardProvenSession({ db }: AuthContext, { sessionId }: Person): Query {
  const proven = sql`SELECT 1 FROM ${session} WHERE ${session.id} = ${sessionId} AND ${session.secondFactor} = 1`;
  return guardThat(db, sql`EXISTS (${proven})`, "session_over");
}
