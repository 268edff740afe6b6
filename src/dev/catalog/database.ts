import { runStatements } from "../seeds/load.ts";
import type { CatalogStatement, StoredRow } from "../seeds/statement.ts";

/** The database that files are compared with and applied to: that of this machine, or a deployed one. */
export interface CatalogDatabase {
  /** The rows of each SELECT, in their order. */
  read(selects: readonly string[]): Promise<readonly (readonly StoredRow[])[]>;
  /** Runs statements in their order, in one transaction. */
  run(statements: readonly CatalogStatement[]): Promise<void>;
}

/** A binding of D1 as such a database. */
export function boundDatabase(binding: D1Database): CatalogDatabase {
  return {
    async read(selects) {
      const answers = await binding.batch<StoredRow>(selects.map((sql) => binding.prepare(sql)));
      return answers.map(({ results }) => results);
    },
    run: (statements) => runStatements(binding, statements),
  };
}
