import { and, eq, getTableColumns, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { expect, test } from "vitest";
import { openDatabase, type Query } from "../../src/db/database.ts";
import { businessRow } from "../../src/db/operations.ts";
import {
  affiliateCommissionLedgerActions,
  businesses,
  checkoutPostPurchaseDecisions,
  operations,
  paymentAuditEvents,
} from "../../src/db/schema/index.ts";
import type { OwnedDatabase } from "../../src/db/store.ts";
import { insertRow, insertUnlessTaken, writtenOnce } from "../../src/db/written-once.ts";
import { describeInWorld } from "../support/describe-in-world.ts";

describeInWorld("a query that is written once", {}, (world) => {
  let written = 0;
  const named = writtenOnce(({ db, ownerUserId }: OwnedDatabase, name: string, other: string | null) => {
    written += 1;
    return db.build
      .select({ name: businesses.name, isOther: sql<number>`${businesses.name} IS ${other}`.as("is_other") })
      .from(businesses)
      .where(and(eq(businesses.ownerUserId, ownerUserId), eq(businesses.name, name)));
  });

  test("has the values of each use, of each store, and the text that it was written with", async () => {
    const db = openDatabase(world.database.binding);
    const [row] = await world.all<{ owner_user_id: string; name: string }>("SELECT * FROM businesses");
    const { owner_user_id: ownerUserId = "", name = "" } = row ?? {};
    expect(name).not.toBe("");
    const own = { db, ownerUserId };
    world.database.reset();
    const rows = await db.read({
      right: named(own, name, null),
      wrong: named(own, "another name", name),
      same: named(own, name, name),
      stranger: named({ db, ownerUserId: "another owner" }, name, name),
      injected: named(own, "' OR 1=1 --", null),
    });
    expect(rows).toEqual({
      right: [{ name, isOther: 0 }],
      wrong: [],
      same: [{ name, isOther: 1 }],
      stranger: [],
      injected: [],
    });
    expect([world.database.trips(), written]).toEqual([1, 1]);
    const [business] = (await db.read({ business: businessRow(own) })).business;
    const [plain] = await db.build.select().from(businesses).where(eq(businesses.ownerUserId, ownerUserId));
    expect(business).toEqual(plain);
    // Another database has its own statement.
    const second = openDatabase(world.database.binding);
    expect((await second.read({ found: named({ ...own, db: second }, name, null) })).found).toHaveLength(1);
    expect(written).toBe(2);
  });

  const TABLES = { operations, paymentAuditEvents, checkoutPostPurchaseDecisions, affiliateCommissionLedgerActions };
  test.each(Object.entries(TABLES))(
    "%s: a row is added with the statement that the query builder makes",
    (_, table) => {
      const db = openDatabase(world.database.binding);
      const columns = Object.entries<SQLiteColumn>(getTableColumns(table));
      // Null stays null, and what is left out has its default.
      const row = Object.fromEntries(
        columns.flatMap(([key, { default: byDefault, notNull }]) =>
          byDefault === undefined ? [[key, notNull ? `of ${key}` : null]] : [],
        ),
      );
      const built = db.build.insert(table).values(row as never);
      const queryOf = (query: Query) => (query as unknown as { _prepare(): Made })._prepare().getQuery();
      for (const [made, plain] of [
        [insertRow({ db }, table, row as never), built],
        [
          insertUnlessTaken({ db }, table, row as never),
          db.build
            .insert(table)
            .values(row as never)
            .onConflictDoNothing(),
        ],
      ] as const) {
        const { sql: text, params } = plain.toSQL();
        expect(queryOf(made)).toEqual({ sql: text, params });
      }
    },
  );
});

interface Made {
  getQuery(): { readonly sql: string; readonly params: unknown[] };
}
