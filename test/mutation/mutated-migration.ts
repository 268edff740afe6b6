import { env } from "cloudflare:workers";
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** The change of a migration that the tests run with. */
    sqlMutant?: { readonly migration: string; readonly from: string; readonly to: string };
  }
}

interface Migration {
  readonly name: string;
  queries: string[];
}

/** Changes the migration before a test applies it. The end of a statement may have gone where it was split. */
const mutant = inject("sqlMutant");
if (mutant) {
  const { MIGRATIONS } = env as unknown as { MIGRATIONS: Migration[] };
  const migration = MIGRATIONS.find(({ name }) => name === mutant.migration);
  const from = mutant.from.replace(/;$/, "");
  if (!migration?.queries.some((query) => query.includes(from))) throw new Error(`${mutant.migration} has no ${from}`);
  migration.queries = migration.queries.map((query) => query.replace(from, () => mutant.to.replace(/;$/, "")));
}
