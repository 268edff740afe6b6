import type { CatalogStatement } from "./statement.ts";

/**
 * Catalog statements as SQL, one a line, for `wrangler d1 execute --file`. Stories and development accounts are local
 * statements, which this function refuses.
 */
export function sqlText(statements: readonly CatalogStatement[]): string {
  return statements.map((statement) => `${inlined(statement)};\n`).join("");
}

function inlined(statement: CatalogStatement): string {
  // A cast could pass a local statement, and none may reach a file.
  if (statement.of !== "catalog") throw new Error("only catalog rows are written out as SQL");
  const parts = statement.sql.split("?");
  if (parts.length !== statement.params.length + 1) throw new Error("a statement and its values do not fit");
  return parts.reduce((text, part, index) => `${text}${literal(statement.params[index - 1] ?? null)}${part}`);
}

/** A value as SQL writes it, on one line: a line break in a text is written as its code. */
export function literal(value: string | number | null): string {
  if (value === null) return "NULL";
  if (typeof value === "number") return String(value);
  if (value.includes("\0") || !value.isWellFormed()) throw new Error("a text that SQL cannot carry");
  const quoted = (part: string) => `'${part.replaceAll("'", "''")}'`;
  const parts = value
    .split(/([\r\n])/)
    .map((part) => (/^[\r\n]$/.test(part) ? `char(${part.charCodeAt(0)})` : quoted(part)));
  return parts.length === 1 ? quoted(value) : `(${parts.join(" || ")})`;
}
