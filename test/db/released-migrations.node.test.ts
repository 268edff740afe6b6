import { join } from "node:path";
import { expect, test } from "vitest";
import {
  digestOf,
  type MigrationFile,
  migrationFiles,
  releasedIn,
  releaseFaults,
} from "../../src/dev/local/released-migrations.ts";
import { ROOT } from "../../src/dev/local/root.ts";

const folder = join(ROOT, "migrations");
const files = migrationFiles(folder);
const released = Object.fromEntries(files.map((file) => [file.name, digestOf(file)]));

/** The files of today, released, and a later one with this text. */
const after = (text: string) => releaseFaults([...files, { name: "0999_later.sql", text }], released);
const edited = (name: string, edit: (file: MigrationFile) => MigrationFile) =>
  files.map((file) => (file.name === name ? edit(file) : file));

test("released migrations are as they were released, and later ones only add", () => {
  const faults = releaseFaults(files, releasedIn(folder));
  expect(
    faults,
    "migrations/released.json names what deployments have. While it is {} nothing is deployed, and a change edits the table's own file; after npm run migrations:release write a new migration.",
  ).toEqual([]);
});

test("all files of today can be released as they are", () => {
  expect(files.length).toBeGreaterThan(30);
  expect(releaseFaults(files, released)).toEqual([]);
});

test("an edited, a removed and a squeezed-in file are told by name, and with nothing released none is", () => {
  const first = files[0]?.name ?? "";
  const changed = edited(first, (file) => ({ ...file, text: `${file.text}\n-- one more line\n` }));
  expect(releaseFaults(changed, released)).toEqual([expect.stringMatching(`^${first} was changed after its release`)]);
  expect(releaseFaults(files.slice(1), released)).toEqual([
    expect.stringMatching(`^${first} was released and is gone`),
  ]);
  const between = [...files, { name: "0000_early.sql", text: "CREATE TABLE early (id TEXT) STRICT;" }];
  expect(releaseFaults(between, released)).toEqual([
    expect.stringMatching("^0000_early.sql stands before a released file"),
  ]);
  expect(releaseFaults(changed, {})).toEqual([]);
});

test.each([
  "ALTER TABLE businesses ADD COLUMN motto TEXT;",
  "ALTER TABLE businesses ADD COLUMN stars INTEGER NOT NULL DEFAULT 0;\nUPDATE businesses SET stars = 1;",
  "-- A note. Written by people.\nCREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL) STRICT;\nCREATE UNIQUE INDEX notes_id ON notes (id);",
  "CREATE INDEX businesses_name ON businesses (name);",
  "CREATE TRIGGER businesses_count AFTER INSERT ON businesses\nBEGIN\n  UPDATE totals SET n = n + 1;\n  DELETE FROM totals WHERE n = 0;\nEND;",
])("an addition is taken: %s", (text) => {
  expect(after(`${text}\n`)).toEqual([]);
});

test.each([
  ["DROP TABLE businesses;", "does more than add"],
  ["DROP INDEX commerce_products_slug;", "does more than add"],
  ["DROP TRIGGER audit_no_update;", "does more than add"],
  ["ALTER TABLE businesses RENAME TO shops;", "does more than add"],
  ["ALTER TABLE businesses RENAME COLUMN name TO title;", "does more than add"],
  ["ALTER TABLE businesses DROP COLUMN name;", "does more than add"],
  ["DELETE FROM businesses;", "does more than add"],
  ["PRAGMA writable_schema = 1;", "does more than add"],
  ["INSERT OR REPLACE INTO businesses (name) VALUES ('x');", "does more than add"],
  ["ALTER TABLE businesses ADD COLUMN motto TEXT NOT NULL;", "give it a DEFAULT"],
  ["CREATE UNIQUE INDEX one_name ON businesses (name);", "makes unique"],
  [
    "CREATE TRIGGER no_name BEFORE INSERT ON businesses\nBEGIN\n  SELECT RAISE(ABORT, 'no');\nEND;",
    "refuses what old code may write",
  ],
  [
    "CREATE TABLE businesses_new (id TEXT) STRICT;\nINSERT INTO businesses_new SELECT owner_user_id FROM businesses;\nDROP TABLE businesses;\nALTER TABLE businesses_new RENAME TO businesses;",
    "does more than add",
  ],
])("more than an addition is refused: %s", (text, says) => {
  const faults = after(`${text}\n`);
  expect(faults.length).toBeGreaterThan(0);
  for (const fault of faults) expect(fault).toMatch(/^0999_later\.sql /);
  expect(faults.join("\n")).toContain(says);
});
