import { getTableColumns, getTableName, is } from "drizzle-orm";
import { SQLiteTable } from "drizzle-orm/sqlite-core";
import { expect, test } from "vitest";
import { canonicalJson } from "../../src/base/canonical-json.ts";
import { sha256 } from "../../src/base/digest.ts";
import { publicRow } from "../../src/db/public-row.ts";
import { declarationOf } from "../../src/db/schema/declare.ts";
import * as schema from "../../src/db/schema/index.ts";
import { recordOf, rowSha256, valuesOf } from "../../src/db/sealed-rows.ts";

const { paymentAuditEvents } = schema;
const tables = Object.values<unknown>(schema).filter((value) => is(value, SQLiteTable));

test.each(["affiliate_referral_clicks", "payment_audit_events", "checkout_intents"])(
  "a public row of %s has its public columns, and no other",
  (name) => {
    const table = tables.find((one) => getTableName(one) === name);
    if (!table) throw new Error(`there is no ${name}`);
    const columns = Object.entries(getTableColumns(table));
    const { visibility, instants } = declarationOf(table);
    // The canary of a column is its name; an instant is written as one.
    const row = Object.fromEntries(columns.map(([key, column]) => [key, instants.has(column.name) ? 0 : column.name]));
    const shown = publicRow(table, row as never);
    const isPublic = columns.filter(([, column]) => visibility.get(column.name) === "public");
    expect(shown).toEqual(
      Object.fromEntries(
        isPublic.map(([key, column]) => [key, instants.has(column.name) ? "1970-01-01T00:00:00.000Z" : column.name]),
      ),
    );
    expect(isPublic.length).toBeGreaterThan(0);
    expect(isPublic.length).toBeLessThan(columns.length);
  },
);

test("the hash of a row is that of its values: a column without one, as a later version adds it, changes nothing", async () => {
  const row = { id: "a", note: null, count: 0, word: "" };
  expect(valuesOf(row)).toEqual({ id: "a", count: 0, word: "" });
  expect(await rowSha256(row)).toBe(await sha256(canonicalJson({ id: "a", count: 0, word: "" })));
  expect(await rowSha256({ ...row, later: null })).toBe(await rowSha256(row));
  expect(await rowSha256({ ...row, note: "x" })).not.toBe(await rowSha256(row));
});

test("a record has every column of its table, its defaults filled in", () => {
  const record = recordOf(paymentAuditEvents, { id: "a" } as never);
  const columns = Object.values(getTableColumns(paymentAuditEvents));
  expect(Object.keys(record).sort()).toEqual(columns.map(({ name }) => name).sort());
  expect(record.id).toBe("a");
  for (const { name, default: byDefault } of columns) {
    if (name !== "id") expect([name, record[name]]).toEqual([name, byDefault ?? null]);
  }
});
