import { STRIPE_SECRET_NAMES } from "../../../commerce/secret-names.ts";
import { tableDeclarations } from "../../../db/schema/declare.ts";
import "../../../db/schema/index.ts";
import type { Business } from "../business-shape.ts";
import type { Fault } from "../faults.ts";
import { checker } from "./checker.ts";

/** Faults of the prose about tables and secrets: one does not exist, or is told of twice. */
export function proseFaults({ prose }: Business, lost: ReadonlySet<string>): Fault[] {
  return [
    ...(lost.has("prose/tables.json") ? [] : tableFaults(prose)),
    ...(lost.has("prose/secret-names.json") ? [] : secretFaults(prose)),
  ];
}

function tableFaults(prose: Business["prose"]): Fault[] {
  const published = new Set(tableDeclarations().flatMap((table) => (table.published ? [table.name] : [])));
  const tables = prose.tables ?? [];
  const ofTables = checker("prose/tables.json");
  ofTables.unique(
    tables.map((entry) => entry.table),
    (index) => [index, "table"],
  );
  for (const [index, entry] of tables.entries())
    ofTables.known([index, "table"], entry.table, published, "a published table", "prose/tables.json");
  return ofTables.faults;
}

function secretFaults(prose: Business["prose"]): Fault[] {
  const ofSecrets = checker("prose/secret-names.json");
  for (const name of Object.keys(prose["secret-names"] ?? {})) {
    if (!STRIPE_SECRET_NAMES.some((known) => known === name)) ofSecrets.fail([name], "is not a known secret");
  }
  return ofSecrets.faults;
}
