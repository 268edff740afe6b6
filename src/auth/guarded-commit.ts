import { type Database, GuardFailed, type Query } from "../db/database.ts";

/** Commits a batch. Answers the code of the guard that refused it, or undefined when all of it was written. */
export async function refusedCommit(db: Database, statements: readonly Query[]): Promise<string | undefined> {
  try {
    await db.commit(statements);
    return undefined;
  } catch (error) {
    if (error instanceof GuardFailed) return error.code;
    throw error;
  }
}
