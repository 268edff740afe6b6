import { tableDeclarations } from "../db/schema/declare.ts";
import "../db/schema/index.ts";
import type { Parts } from "../kernel/parts.ts";
import { usedOf } from "../kernel/parts.ts";
import { neutralTable } from "./neutral-prose.ts";
import { over, type Prose } from "./prose.ts";

/**
 * Every published table of the parts that are used, with its public and private fields, as the schema declares them: first
 * those that the prose tells of, in its order.
 */
export function tablesSection(prose: Prose, parts: Parts) {
  const published = usedOf(tableDeclarations(), parts).filter((table) => table.published);
  const told = prose.tables.map(({ table }) => table);
  const placeOf = (name: string) => (told.includes(name) ? told.indexOf(name) : told.length);
  return [...published]
    .sort((one, other) => placeOf(one.name) - placeOf(other.name))
    .map(({ name, publicFields, privateFields }) => {
      const words = over(
        neutralTable(name),
        prose.tables.find(({ table }) => table === name),
      );
      return {
        table: name,
        status: words.status,
        publicSafeFields: publicFields,
        serverPrivateFields: privateFields,
        purpose: words.purpose,
      };
    });
}
