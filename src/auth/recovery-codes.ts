import { randomBytes } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { sha256 } from "../base/digest.ts";
import { guardChanged, type Query } from "../db/database.ts";
import { recoveryCodes } from "../db/schema/sign-in.ts";
import type { AuthContext } from "./context.ts";
import { base32 } from "./totp.ts";

const RECOVERY_CODES = 10;

/** New recovery codes in place of a person's former ones, which are stored as hashes, and the statements that store them. */
export async function issuingRecoveryCodes(
  { db }: Pick<AuthContext, "db">,
  userId: string,
): Promise<{ readonly codes: readonly string[]; readonly statements: readonly Query[] }> {
  const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
  const rows = await Promise.all(codes.map(async (code) => ({ userId, codeSha256: await codeHash(code) })));
  return { codes, statements: [droppingRecoveryCodes({ db }, userId), db.build.insert(recoveryCodes).values(rows)] };
}

/** The statement that ends a person's recovery codes. */
export function droppingRecoveryCodes({ db }: Pick<AuthContext, "db">, userId: string): Query {
  return db.build.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
}

/** The statements that use a recovery code up. They abort with `code_used` for any other text. */
export async function usingRecoveryCode(
  { db }: Pick<AuthContext, "db">,
  userId: string,
  typed: string,
): Promise<Query[]> {
  const codeSha256 = await codeHash(typed);
  return [
    db.build
      .delete(recoveryCodes)
      .where(and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.codeSha256, codeSha256))),
    guardChanged(db, "code_used"),
  ];
}

/** A code without its spaces, hyphens and lower case, which are for reading. */
export function bareCode(typed: string): string {
  return typed.replaceAll(/[\s-]/g, "").toUpperCase();
}

/** The hash that a recovery code is stored as, whether typed or as shown; 100 random bits need no salt. */
function codeHash(code: string): Promise<string> {
  return sha256(bareCode(code));
}

/** 100 random bits, in four groups of five characters. */
function newRecoveryCode(): string {
  return (base32(randomBytes(13)).slice(0, 20).match(/.{5}/g) ?? []).join("-");
}
