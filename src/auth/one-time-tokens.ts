import { createHash, randomBytes, randomUUID } from "node:crypto";
import { and, eq, gt, gte, lt, or } from "drizzle-orm";
import type { Clock } from "../base/time.ts";
import type { Database, Query } from "../db/database.ts";
import { verification } from "../db/schema/people.ts";

/** What a token is good for, and nothing else. */
export type TokenPurpose =
  | "owner-setup"
  | "password-reset"
  | "verify-email"
  | "sign-up"
  | "invitation"
  | "second-factor";

/** How long each is good for, in minutes. */
export const TOKEN_MINUTES: Readonly<Record<TokenPurpose, number>> = {
  "owner-setup": 24 * 60,
  "password-reset": 30,
  "verify-email": 24 * 60,
  "sign-up": 24 * 60,
  invitation: 7 * 24 * 60,
  "second-factor": 5,
};

/**
 * Kinds of which the newest counts alone: their own person, or the owner, asks for them. What anybody can ask for in
 * another's name leaves the older ones good, or asking again and again would keep that person out.
 */
const REPLACED: readonly TokenPurpose[] = ["verify-email", "invitation"];

/** Tokens that are mailed or shown once, used once, and kept only as hashes. */
export interface OneTimeTokens {
  /** Stores a token about a subject; the answer is its only copy. */
  issue(purpose: TokenPurpose, subject: string): Promise<string>;
  /** The same for a commit of the caller's: a token, the id of its row, and the statements that store it. */
  issuing(purpose: TokenPurpose, subject: string): { token: string; id: string; statements: Query[] };
  /** What a token is about, while it is good. Uses nothing up: a mail scanner that opens a link must not. */
  find(purpose: TokenPurpose, token: string): Promise<string | undefined>;
  /** Uses a token up. Follow it with `guardChanged`: of two uses at once, one changes nothing. */
  use(purpose: TokenPurpose, token: string): Query;
  /** Ends every token of a kind about a subject, alone or with something else after it. */
  forget(purpose: TokenPurpose, subject: string): Query;
}

export function openOneTimeTokens(db: Database, clock: Clock): OneTimeTokens {
  const forget = (purpose: TokenPurpose, subject: string) =>
    db.build.delete(verification).where(
      and(
        // Some subjects are a person and their address, with a space between.
        or(
          eq(verification.value, subject),
          and(gte(verification.value, `${subject} `), lt(verification.value, `${subject}!`)),
        ),
        gt(verification.identifier, `${purpose}:`),
        lt(verification.identifier, `${purpose};`),
      ),
    );
  const issuing = (purpose: TokenPurpose, subject: string) => {
    const { token, row } = newToken(purpose, subject, clock.now());
    const statements = [
      db.build.delete(verification).where(lt(verification.expiresAt, row.createdAt)),
      ...(REPLACED.includes(purpose) ? [forget(purpose, subject)] : []),
      db.build.insert(verification).values(row),
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
          .where(good(purpose, token, clock)),
      });
      return rows[0]?.value;
    },
    use: (purpose, token) => db.build.delete(verification).where(good(purpose, token, clock)),
    forget,
  };
}

/** A token of 192 bits and the row that knows it. */
export function newToken(purpose: TokenPurpose, subject: string, now: number) {
  const token = randomBytes(24).toString("hex");
  const time = new Date(now);
  const row = {
    id: `verification-${randomUUID()}`,
    identifier: identifierOf(purpose, token),
    value: subject,
    expiresAt: new Date(now + TOKEN_MINUTES[purpose] * 60_000),
    createdAt: time,
    updatedAt: time,
  };
  return { token, row };
}

function good(purpose: TokenPurpose, token: string, clock: Clock) {
  return and(
    eq(verification.identifier, identifierOf(purpose, token)),
    gt(verification.expiresAt, new Date(clock.now())),
  );
}

function identifierOf(purpose: TokenPurpose, token: string): string {
  return `${purpose}:${createHash("sha256").update(token).digest("hex")}`;
}
