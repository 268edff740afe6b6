import { tableDeclarations } from "../db/schema/declare.ts";
import "../db/schema/index.ts";
import type { Prose } from "./prose.ts";

/** Every published table with its public and private fields, as the schema declares them. */
export function tablesSection(prose: Prose) {
  const published = new Map(
    tableDeclarations().flatMap((table) => (table.published ? [[table.name, table] as const] : [])),
  );
  return prose.tables.map(({ table, status, purpose }) => {
    const declared = published.get(table);
    if (!declared) throw new Error(`${table} is not a published table`);
    return {
      table,
      status,
      publicSafeFields: declared.publicFields,
      serverPrivateFields: declared.privateFields,
      purpose,
    };
  });
}
