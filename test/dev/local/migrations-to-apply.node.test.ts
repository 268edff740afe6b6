import { expect, test } from "vitest";
import { type Migration, migrationsToApply } from "../../../src/dev/local/migrations-to-apply.ts";

const migration = (name: string, digest: string | null = `digest of ${name}`): Migration => ({ name, digest });
const files = ["0001_a.sql", "0002_b.sql", "0003_c.sql"].map((name) => migration(name));

test.each([
  ["an empty database", [], ["0001_a.sql", "0002_b.sql", "0003_c.sql"]],
  ["one that stopped half-way", files.slice(0, 2), ["0003_c.sql"]],
  ["one that is up to date", files, []],
])("%s gets the files that it lacks", (_, applied, missing) => {
  expect(migrationsToApply(applied, files)).toEqual({ kind: "prefix", missing });
});

test.each([
  ["another file stands at its place", [migration("0001_old.sql")], "0001_old.sql"],
  ["more was applied than there are files", [...files, migration("0004_d.sql")], "0004_d.sql"],
  ["a file was edited since", [migration("0001_a.sql"), migration("0002_b.sql", "another")], "0002_b.sql"],
  ["a file was put before those applied", [migration("0002_b.sql"), migration("0003_c.sql")], "0002_b.sql"],
  ["only the name of what was applied is known", [migration("0001_a.sql", null)], "0001_a.sql"],
])("a database was made from other files when %s", (_, applied, differing) => {
  expect(migrationsToApply(applied, files)).toEqual({ kind: "other", differing });
});
