import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { releasedIn } from "../../src/dev/local/released-migrations.ts";

const folder = join(import.meta.dirname, "..", "..", "migrations");
const migrations = readdirSync(folder)
  .filter((name) => name.endsWith(".sql"))
  .sort()
  .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));

test("migrations are numbered without a gap, and end their lines with LF", () => {
  for (const [index, { name, text }] of migrations.entries()) {
    expect(name).toMatch(new RegExp(`^${String(index + 1).padStart(4, "0")}_[a-z0-9_]+\\.sql$`));
    expect(text, name).not.toContain("\r");
    expect(text.endsWith("\n"), name).toBe(true);
  }
});

// Remote migrations have cut triggers at lower-case keywords, at CRLF, and between statements of one file.
test("a file with a trigger holds one trigger alone, in capitals, ending with END;", () => {
  const triggers = migrations.filter(({ text }) => /create\s+trigger/i.test(text));
  expect(triggers.length).toBeGreaterThan(8);
  for (const { name, text } of triggers) {
    const code = text.replaceAll(/^--.*\n/gm, "");
    expect(code, name).toMatch(/^CREATE TRIGGER [a-z_]+ (BEFORE|AFTER|INSTEAD OF) /);
    expect(code.match(/\bTRIGGER\b/gi), name).toHaveLength(1);
    expect(code, name).toMatch(/\nEND;\n$/);
    for (const keyword of ["create", "trigger", "begin", "end", "before", "after"]) {
      expect(code, name).not.toMatch(new RegExp(`\\b${keyword}\\b`));
    }
  }
});

test("every table says in a comment what a row means and who writes it, and is STRICT", () => {
  const text = migrations.map((migration) => migration.text).join("\n");
  const tables = [...text.matchAll(/^(--[^\n]*\n)?CREATE TABLE (\w+) \([\s\S]*?\n\)([^;]*);/gm)];
  expect(tables.length).toBe(text.match(/\bCREATE TABLE\b/gi)?.length);
  expect(tables.length).toBeGreaterThan(50);
  for (const [, comment, table, end] of tables) {
    expect(comment, table).toMatch(/\. (Written|Appended|Kept) /);
    expect(end, table).toContain("STRICT");
  }
});

test("each table, index, view and trigger is made once, or again after it was dropped", () => {
  const code = migrations.map(({ text }) => text.replaceAll(/^--.*\n|'[^']*'/gm, "")).join("\n");
  const steps = [
    ...code.matchAll(
      /^(CREATE) (?:(?:TABLE|VIEW) (\w+)|(?:UNIQUE )?(?:INDEX|TRIGGER) (\w+)[^;]*? ON (\w+))|^(DROP) TABLE (\w+)/gm,
    ),
  ];
  expect(steps.filter(([, create]) => create)).toHaveLength(code.match(/\bCREATE\b/gi)?.length ?? 0);
  /** What there is, with the table that an index or trigger is on. */
  const made = new Map<string, string | undefined>();
  const make = (name: string, on: string | undefined) => {
    expect([...made.keys()]).not.toContain(name);
    made.set(name, on);
  };
  for (const [, create, table, other = "", on, drop, dropped = ""] of steps) {
    if (create) make(table ?? other, on);
    else if (drop) for (const [one, its] of made) if (one === dropped || its === dropped) made.delete(one);
  }
  // Until then a table is changed where it is made; released-migrations.node.test.ts holds what comes after.
  if (Object.keys(releasedIn(folder)).length === 0) expect(code).not.toMatch(/^\s*(ALTER|DROP)\b/im);
});
