import { sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { guardCode } from "./schema/index.ts";
import { writtenOnce } from "./written-once.ts";

/** A typed query or statement, not run until it is part of a batch. */
export type Query<T = unknown> = BatchItem<"sqlite"> & PromiseLike<T>;
/** The rows of a record of queries, under the same names. */
export type Rows<Q extends Record<string, Query>> = { [K in keyof Q]: Awaited<Q[K]> };
/** The rows of several records of queries, in their order. */
type RowsOfEach<Groups extends readonly Record<string, Query>[]> = { [I in keyof Groups]: Rows<Groups[I]> };

/** A guard refused a batch, so nothing of the batch was written. */
export class GuardFailed extends Error {
  readonly code: string;
  constructor(code: string) {
    super(`guard: ${code}`);
    this.code = code;
  }
}

export interface Database {
  /** Builds typed queries; run them through `read` or `commit` only, each of which is one round trip. */
  readonly build: DrizzleD1Database;
  /** Runs all queries in one batch: they see one state of the database. */
  read<Q extends Record<string, Query>>(queries: Q): Promise<Rows<Q>>;
  /** `read` for several records of queries: a name may stand in more than one of them. */
  readTogether<const Groups extends readonly Record<string, Query>[]>(groups: Groups): Promise<RowsOfEach<Groups>>;
  /**
   * Runs all statements in one transaction.
   * Throws GuardFailed when a guard aborted it; any other error leaves the outcome unknown to the caller.
   */
  commit(statements: readonly Query[]): Promise<void>;
  /** The same, but answers the code of the guard that aborted it; undefined when all was written. */
  tryCommit(statements: readonly Query[]): Promise<string | undefined>;
  /**
   * Renews the planner's statistics of tables that have grown much (`PRAGMA optimize`). Without them SQLite takes every
   * index that begins with `owner_user_id` for equally good, and may read all rows of the business. A table of few rows gets
   * none: SQLite scans a table that it knows to be small, and would still do so when the table has grown tenfold.
   */
  optimize(): Promise<void>;
}

/** A table with fewer rows has no statistics: SQLite scans a table of up to three rows instead of using its index. */
const FEW_ROWS = 10;

/** Opens the database. `committed` hears of each batch that was written. */
export function openDatabase(binding: D1Database, committed?: (statements: readonly Query[]) => void): Database {
  const build = drizzle(binding);
  const database: Database = {
    build,
    async read(queries) {
      const [rows] = await database.readTogether([queries]);
      return rows;
    },
    async readTogether(groups) {
      const results: unknown[] = await build.batch(nonEmpty(groups.flatMap((queries) => Object.values(queries))));
      let next = 0;
      const rows = groups.map((queries) =>
        Object.fromEntries(Object.keys(queries).map((name) => [name, results[next++]])),
      );
      // One result per query, in the order of the groups and of their names.
      return rows as unknown as RowsOfEach<typeof groups>;
    },
    async commit(statements) {
      const code = await database.tryCommit(statements);
      if (code) throw new GuardFailed(code);
    },
    async tryCommit(statements) {
      try {
        await build.batch(nonEmpty(statements));
        committed?.(statements);
        return undefined;
      } catch (error) {
        const code = guardCodeOf(error);
        if (!code) throw error;
        return code;
      }
    },
    async optimize() {
      await binding.exec("PRAGMA optimize");
      // A database that refuses this keeps its statistics: its answers are the same, and some plans are slower.
      await binding
        .batch([
          binding.prepare("DELETE FROM sqlite_stat1 WHERE CAST(stat AS INTEGER) < ?").bind(FEW_ROWS),
          binding.prepare("ANALYZE sqlite_schema"),
        ])
        .catch(() => undefined);
    },
  };
  return database;
}

/** Refuses the batch with `code` unless the statement before it changed exactly one row. */
export const guardChanged = (db: Database, code: string): Query => changedGuard({ db }, code);

const changedGuard = writtenOnce(({ db }: { readonly db: Database }, code: string) =>
  guardThat(db, sql`changes() = 1`, code),
);

/** Refuses the batch with `code` unless the condition holds inside the transaction. */
export function guardThat(db: Database, condition: ReturnType<typeof sql>, code: string): Query {
  return db.build.insert(guardCode).values({ ok: condition, code });
}

/** The guard's code in an error; the trigger's message stands at some depth in its chain of causes. */
function guardCodeOf(error: unknown): string | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    const found = /guard:((?:bound:)?[a-zA-Z_]+)/.exec(cause.message);
    if (found) return found[1];
  }
  return undefined;
}

function nonEmpty(items: readonly Query[]): [Query, ...Query[]] {
  const [first, ...rest] = items;
  if (!first) throw new Error("a batch needs at least one statement");
  return [first, ...rest];
}
