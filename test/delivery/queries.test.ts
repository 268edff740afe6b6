import { expect, test } from "vitest";
import { randomIds } from "../../src/base/ids.ts";
import { openDatabase } from "../../src/db/database.ts";
import { fileOf, filesOfProducts, holdingsOf } from "../../src/db/files.ts";
import { orderLinkBy } from "../../src/db/order-links.ts";
import type { Store } from "../../src/db/store.ts";
import { multiplyPurchases } from "../counts/many-purchases.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { deliveringBusiness, sellGoods, uploadChecklist } from "../support/goods.ts";

describeInWorld("the reads behind a download", { business: () => deliveringBusiness() }, (world) => {
  test.each(["sandbox", "live"] as const)("use an index for each table, at most mode %s", async (maxMode) => {
    await sellGoods(world);
    await uploadChecklist(world);
    const db = openDatabase(world.db);
    const ownerUserId = String(world.bindings.BUSINESS_OWNER_USER_ID);
    const store = { db, ownerUserId, ids: randomIds, clock: world.clock, maxMode } as unknown as Store;
    const ids = { entitlementId: "a", assetId: "b" };
    const queries = [
      fileOf(store, { kind: "account", userId: "c" }, ids),
      fileOf(store, { kind: "order", checkoutIntentId: "d" }, ids),
      holdingsOf(store, { kind: "account", userId: "c" }),
      holdingsOf(store, { kind: "order", checkoutIntentId: "d" }),
      filesOfProducts(store, ["e", "f"]),
      orderLinkBy(store, "0".repeat(64)),
    ];
    const indexed = async () => {
      for (const query of queries) {
        const { sql, params } = query.toSQL();
        const plan = await world.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...params);
        expect(plan.length).toBeGreaterThan(0);
        for (const { detail } of plan) expect(detail, sql).not.toMatch(/^SCAN/);
        expect(plan.map(({ detail }) => detail).join("\n")).not.toMatch(/USING INDEX \w+ \(owner_user_id=\?\)$/m);
      }
    };
    await indexed();
    // A table of a few rows is scanned, and the scheduled run keeps no statistics of it.
    for (const purchases of [30, 1_000]) {
      await multiplyPurchases(world, purchases);
      await world.all("ANALYZE");
      await indexed();
    }
  });
});
