import * as schema from "../../db/schema/index.ts";
import { runStatements } from "./load.ts";
import type { LocalDatabase } from "./local-database.ts";
import { insertLocal, type Statement } from "./statement.ts";
import type { DevAccount } from "./story/shape.ts";

/** Hashes a password in the form that sign-in compares. */
type HashPassword = (password: string) => Promise<string>;

/**
 * Writes the development accounts with their public passwords. An existing user becomes verified, and an existing password
 * stays.
 */
export async function writeDevAccounts(
  local: LocalDatabase,
  accounts: readonly DevAccount[],
  now: number,
  hashPassword: HashPassword,
): Promise<void> {
  const time = new Date(now);
  const statements = await Promise.all(
    accounts.map(async ({ id, name, email, password }): Promise<Statement[]> => {
      const person = insertLocal(schema.user, {
        id,
        name,
        email,
        emailVerified: true,
        createdAt: time,
        updatedAt: time,
      });
      const login = insertLocal(schema.account, {
        id: `account-${id}`,
        accountId: id,
        providerId: "credential",
        userId: id,
        password: await hashPassword(password),
        createdAt: time,
        updatedAt: time,
      });
      return [
        { ...person, sql: `${person.sql} ON CONFLICT (id) DO UPDATE SET email_verified = 1` },
        { ...login, sql: `${login.sql} ON CONFLICT (id) DO NOTHING` },
      ];
    }),
  );
  await runStatements(local.binding, statements.flat());
}
