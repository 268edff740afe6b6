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

const SETTINGS = `owner_user_id TEXT PRIMARY KEY NOT NULL REFERENCES user (id),
  wait_minutes INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT approval_settings_wait CHECK (wait_minutes BETWEEN 10 AND 1440)`;
const NAMES = "owner_user_id, wait_minutes, updated_at";
/** Makes a small table anew. */
const rebuilt = ({ table = SETTINGS, copied = NAMES, selected = "", more = "" } = {}) =>
  [
    "PRAGMA defer_foreign_keys = on",
    "CREATE TABLE waiting (owner_user_id TEXT, wait_minutes INTEGER, updated_at INTEGER) STRICT",
    `INSERT INTO waiting (${copied}) SELECT ${selected || copied} FROM approval_settings`,
    "DROP TABLE approval_settings",
    `CREATE TABLE approval_settings (\n  ${table}\n) STRICT`,
    `INSERT INTO approval_settings (${copied}) SELECT ${copied} FROM waiting`,
    "DROP TABLE waiting",
    more || "CREATE INDEX approval_settings_minutes ON approval_settings (wait_minutes)",
  ]
    .map((statement) => `${statement};\n`)
    .join("");

test("a table may be made anew as it was, with all its rows", () => {
  expect(after(rebuilt())).toEqual([]);
});

test.each([
  ["a check less", { table: SETTINGS.replace(/,\n {2}CONSTRAINT.*/, "") }],
  ["another check", { table: SETTINGS.replace("1440", "60") }],
  ["a reference less", { table: SETTINGS.replace(" REFERENCES user (id)", "") }],
  ["no key", { table: SETTINGS.replace("PRIMARY KEY NOT NULL", "NOT NULL") }],
  ["a column more", { table: `motto TEXT,\n  ${SETTINGS}` }],
  ["columns changed about", { selected: "owner_user_id, updated_at, wait_minutes" }],
  [
    "a column that is not copied",
    {
      table: SETTINGS.replace("wait_minutes INTEGER NOT NULL", "wait_minutes INTEGER NOT NULL DEFAULT 60"),
      copied: "owner_user_id, updated_at",
    },
  ],
  ["a unique index more", { more: "CREATE UNIQUE INDEX one_wait ON approval_settings (wait_minutes)" }],
])("a table that is made anew with %s is refused", (_, changed) => {
  expect(after(rebuilt(changed)).join("\n")).toContain("DROP TABLE approval_settings");
});

test.each([
  [
    "a trigger less",
    "CREATE TRIGGER approval_settings_no_delete BEFORE DELETE ON approval_settings\nBEGIN\n  SELECT RAISE(ABORT, 'no');\nEND;\n",
    "",
  ],
  [
    "a unique index that holds for more rows",
    "CREATE UNIQUE INDEX one_wait ON approval_settings (wait_minutes) WHERE wait_minutes = 60;\n",
    "CREATE UNIQUE INDEX one_wait ON approval_settings (wait_minutes)",
  ],
])("a table that is made anew with %s is refused", (_, text, more) => {
  const before = { name: "0998_before.sql", text };
  const later = { name: "0999_later.sql", text: rebuilt({ more }) };
  const faults = releaseFaults([...files, before, later], { ...released, [before.name]: digestOf(before) });
  expect(faults.join("\n")).toContain("DROP TABLE approval_settings");
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
