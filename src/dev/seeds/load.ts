import type { Business } from "./business-shape.ts";
import { seedStatements } from "./seed-statements.ts";
import type { Statement } from "./statement.ts";

/** Brings the database to the business in one transaction. The same seeds again change no row. */
export async function loadBusiness(binding: D1Database, business: Business, now: number): Promise<void> {
  await runStatements(binding, seedStatements(business, now));
}

/** Runs statements in one transaction, in their order. */
export async function runStatements(binding: D1Database, statements: readonly Statement[]): Promise<void> {
  await binding.batch(statements.map(({ sql, params }) => binding.prepare(sql).bind(...params)));
}
