import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { unstable_splitSqlQuery as splitSql } from "wrangler";

/** A migration file: `text` is its SQL. */
export interface MigrationFile {
  readonly name: string;
  readonly text: string;
}

/** The SHA-256 of each released file, by its name. Empty: nothing is deployed, and files are edited in place. */
export type Released = Readonly<Record<string, string>>;

/** The file that names the released migrations, in their folder. `npm run migrations:release` writes it. */
export const RELEASED = "released.json";

/** The migration files of a folder, in their order. */
export const migrationFiles = (folder: string): readonly MigrationFile[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));

/** The released migrations of a folder. */
export function releasedIn(folder: string): Released {
  const path = join(folder, RELEASED);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Released) : {};
}

/** The digest of a migration's text. */
export const digestOf = ({ text }: MigrationFile): string => createHash("sha256").update(text).digest("hex");

/**
 * What breaks "forward only", as lines: a released file that was edited, removed or preceded by a new one, and a later file
 * that does more than add. Old code runs on the new tables until the upload, and again after a rollback.
 */
export function releaseFaults(files: readonly MigrationFile[], released: Released): readonly string[] {
  const names = Object.keys(released);
  if (names.length === 0) return [];
  const there = new Map(files.map((file) => [file.name, file]));
  const kept = names.flatMap((name) => {
    const file = there.get(name);
    if (!file) return [`${name} was released and is gone: restore it from the release`];
    return digestOf(file) === released[name]
      ? []
      : [`${name} was changed after its release: restore it, and write the change as a new migration`];
  });
  const last = names.toSorted().at(-1) ?? "";
  const later = files.filter(({ name }) => !Object.hasOwn(released, name));
  const old = tablesIn(files.filter(({ name }) => Object.hasOwn(released, name)));
  return [
    ...kept,
    ...later
      .filter(({ name }) => name < last)
      .map(({ name }) => `${name} stands before a released file: number it last`),
    ...later.flatMap((file) => additionFaults(file, old)),
  ];
}

function tablesIn(files: readonly MigrationFile[]): ReadonlySet<string> {
  return new Set(
    files.flatMap(({ text }) => Array.from(text.matchAll(/^CREATE TABLE (\w+)/gm), ([, name]) => name ?? "")),
  );
}

const ADD_COLUMN = /^ALTER TABLE (\w+) ADD (?:COLUMN )?\w+ ([\s\S]*)$/i;

/** What a migration does beyond adding; `old` are the tables that deployed code writes to. */
function additionFaults({ name, text }: MigrationFile, old: ReadonlySet<string>): string[] {
  return splitSql(text).flatMap((statement) => {
    const sql = statement.replaceAll(/^\s*--.*\n/gm, "").trim();
    const fault = faultOf(sql, old);
    return fault === undefined ? [] : [`${name} ${fault}: ${sql.split("\n")[0]}`];
  });
}

function faultOf(sql: string, old: ReadonlySet<string>): string | undefined {
  const column = ADD_COLUMN.exec(sql);
  if (column) {
    const [, , rest = ""] = column;
    const bound = /\bNOT NULL\b/i.test(rest) && !/\bDEFAULT\b/i.test(rest);
    return bound ? "adds a column that old code can't leave out: give it a DEFAULT, or let it be null" : undefined;
  }
  if (/^CREATE (TABLE|INDEX|VIEW)\b/i.test(sql)) return undefined;
  const table = /\bON (\w+)/i.exec(sql)?.[1] ?? "";
  if (/^CREATE UNIQUE INDEX\b/i.test(sql)) {
    return old.has(table) ? "makes unique what old code may write twice" : undefined;
  }
  if (/^CREATE TRIGGER\b/i.test(sql)) {
    return old.has(table) && /\bRAISE\s*\(/i.test(sql) ? "refuses what old code may write" : undefined;
  }
  // A statement of rows fills what was added: new columns of old rows, or a new table.
  if (/^(UPDATE|INSERT INTO)\b/i.test(sql)) return undefined;
  return "does more than add";
}
