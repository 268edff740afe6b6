import { randomUUID } from "node:crypto";
import { and, eq } from "drizzle-orm";
import type { Query } from "../db/database.ts";
import { account, session } from "../db/schema/people.ts";
import type { AuthContext } from "./context.ts";
import { markAllRevoked } from "./grants.ts";
import { hashPassword } from "./password.ts";

/** Statements that set a person's password. They end mailed links to the account, and sign-ins that wait for a code. */
export async function settingPassword(
  { db, clock, tokens }: AuthContext,
  userId: string,
  password: string,
): Promise<Query[]> {
  const time = new Date(clock.now());
  return [
    tokens.forget("password-reset", userId),
    tokens.forget("sign-in", userId),
    tokens.forget("second-factor", userId),
    db.build.delete(account).where(passwordOf(userId)),
    db.build.insert(account).values({
      id: `account-${randomUUID()}`,
      accountId: userId,
      providerId: "credential",
      userId,
      password: await hashPassword(password),
      createdAt: time,
      updatedAt: time,
    }),
  ];
}

/** `settingPassword` for a person who did not give the present password: their sessions and grants end too. */
export async function resettingPassword(auth: AuthContext, userId: string, password: string): Promise<Query[]> {
  return [
    ...(await settingPassword(auth, userId, password)),
    auth.db.build.delete(session).where(eq(session.userId, userId)),
    ...markAllRevoked(auth, { userId, at: auth.clock.now() }),
  ];
}

/** The hash of a person's password. */
export async function passwordHashOf({ db }: AuthContext, userId: string): Promise<string | undefined> {
  const { rows } = await db.read({
    rows: db.build.select({ password: account.password }).from(account).where(passwordOf(userId)),
  });
  return rows[0]?.password ?? undefined;
}

const passwordOf = (userId: string) => and(eq(account.userId, userId), eq(account.providerId, "credential"));
