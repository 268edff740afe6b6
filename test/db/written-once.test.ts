import { and, eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { businessRow } from "../../src/db/operations.ts";
import { businesses } from "../../src/db/schema/index.ts";
import type { Store } from "../../src/db/store.ts";
import { writtenOnce } from "../../src/db/written-once.ts";
import { describeInWorld } from "../support/describe-in-world.ts";

type Written = Pick<Store, "db" | "ownerUserId">;

describeInWorld("a query that is written once", {}, (world) => {
  let written = 0;
  const named = writtenOnce(({ db, ownerUserId }: Written, name: string, other: string | null) => {
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
});
