import { createHash, randomUUID } from "node:crypto";
import { and, eq, gt, gte, lt, or, type SQL, sql } from "drizzle-orm";
import { randomToken } from "../base/digest.ts";
import type { Clock } from "../base/time.ts";
import { type Database, guardThat, type Query } from "../db/database.ts";
import { verification } from "../db/schema/people.ts";

/** The one use that a token has. */
export type TokenPurpose =
  | "owner-setup"
  | "password-reset"
  | "sign-in"
  | "verify-email"
  | "sign-up"
  | "invitation"
  | "second-factor"
  | "passkey";

/** How long a token of each purpose works, in minutes. */
export const TOKEN_MINUTES: Readonly<Record<TokenPurpose, number>> = {
  "owner-setup": 24 * 60,
  "password-reset": 30,
  "sign-in": 30,
  "verify-email": 24 * 60,
  "sign-up": 24 * 60,
  invitation: 7 * 24 * 60,
  "second-factor": 5,
  passkey: 15,
};

/**
 * Purposes of which only the newest token works: only the person or the owner can request these. A stranger can request
 * the others in a person's name, so older tokens stay usable: repeated requests then keep no person out.
 */
const REPLACED: readonly TokenPurpose[] = ["verify-email", "invitation"];

/** The end of a token that its own batch decides, in epoch milliseconds. */
interface Until {
  readonly expiresAt: SQL;
}

/** Tokens that are mailed or shown once, used once, and stored as hashes. */
export interface OneTimeTokens {
  /** Stores a token about a subject; the answer is its only copy. */
  issue(purpose: TokenPurpose, subject: string): Promise<string>;
  /** `issue` for the caller's own commit: a token, the id of its row, and the statements that store it. */
  issuing(purpose: TokenPurpose, subject: string, until?: Until): { token: string; id: string; statements: Query[] };
  /** The subject of a usable token. The token stays unused: a mail scanner may have opened the link. */
  find(purpose: TokenPurpose, token: string): Promise<string | undefined>;
  /**
   * Uses a token that no row was stored for, as a page view stores none: its own form says what it is for and how old it
   * is. Aborts with `challenge_used` on a second use.
   */
  spending(purpose: TokenPurpose, token: string, subject: string): Query[];
  /** Uses a token. Follow it with `guardChanged`: of two uses at once, one changes no row and has to be refused. */
  use(purpose: TokenPurpose, token: string): Query;
  /** Ends every token of a purpose about a subject, or about a person with any of their addresses (`addressSubject`). */
  forget(purpose: TokenPurpose, subject: string): Query;
}

/** The tokens, in the sign-in library's table of verifications. */
export function openOneTimeTokens(db: Database, clock: Clock): OneTimeTokens {
  const forget = (purpose: TokenPurpose, subject: string) =>
    db.build.delete(verification).where(
      and(
        // `addressSubject` puts a space after the person; "!" is the character after the space.
        or(
          eq(verification.value, subject),
          and(gte(verification.value, `${subject} `), lt(verification.value, `${subject}!`)),
        ),
        gt(verification.identifier, `${purpose}:`),
        lt(verification.identifier, `${purpose};`),
      ),
    );
  const issuing = (purpose: TokenPurpose, subject: string, until?: Until) => {
    const { token, row } = newToken(purpose, subject, clock.now());
    const statements = [
      db.build.delete(verification).where(lt(verification.expiresAt, row.createdAt)),
      ...(REPLACED.includes(purpose) ? [forget(purpose, subject)] : []),
      db.build.insert(verification).values({ ...row, ...until }),
    ];
    return { token, id: row.id, statements };
  };
  return {
    async issue(purpose, subject) {
      const { token, statements } = issuing(purpose, subject);
      await db.commit(statements);
      return token;
    },
    issuing,
    async find(purpose, token) {
      const { rows } = await db.read({
        rows: db.build
          .select({ value: verification.value })
          .from(verification)
          .where(usable(purpose, token, clock)),
      });
      return rows[0]?.value;
    },
    spending(purpose, token, subject) {
      const row = tokenRow(purpose, token, subject, clock.now());
      const spent = sql`SELECT 1 FROM ${verification} WHERE ${verification.identifier} = ${row.identifier}`;
      return [
        db.build.delete(verification).where(lt(verification.expiresAt, row.createdAt)),
        guardThat(db, sql`NOT EXISTS (${spent})`, "challenge_used"),
        db.build.insert(verification).values(row),
      ];
    },
    use: (purpose, token) => db.build.delete(verification).where(usable(purpose, token, clock)),
    forget,
  };
}

/** A token and the row that stores its hash. */
export function newToken(purpose: TokenPurpose, subject: string, now: number) {
  const token = randomToken();
  return { token, row: tokenRow(purpose, token, subject, now) };
}

function tokenRow(purpose: TokenPurpose, token: string, subject: string, now: number) {
  const time = new Date(now);
  return {
    id: `verification-${randomUUID()}`,
    identifier: identifierOf(purpose, token),
    value: subject,
    expiresAt: new Date(now + TOKEN_MINUTES[purpose] * 60_000),
    createdAt: time,
    updatedAt: time,
  };
}

/** The subject of a link to a person's mailbox. It names the address, so that a link to an old address is refused. */
export function addressSubject({ userId, email }: { userId: string; email: string }): string {
  return `${userId} ${email}`;
}

/** The person and address of such a subject; empty texts, which match no row, where there is none. */
export function readAddressSubject(subject: string | undefined): { userId: string; email: string } {
  const [userId = "", email = ""] = subject?.split(" ") ?? [];
  return { userId, email };
}

function usable(purpose: TokenPurpose, token: string, clock: Clock) {
  return and(
    eq(verification.identifier, identifierOf(purpose, token)),
    gt(verification.expiresAt, new Date(clock.now())),
  );
}

function identifierOf(purpose: TokenPurpose, token: string): string {
  return `${purpose}:${createHash("sha256").update(token).digest("hex")}`;
}
