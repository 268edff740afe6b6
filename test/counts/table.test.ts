import { beforeAll, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { deliveringBusiness } from "../support/goods.ts";
import { tell } from "../support/tell.ts";
import { idsOf } from "../world/chance.ts";
import { countEverything } from "./counted.ts";
import { eventsWithout } from "./counted-events.ts";
import { resourcesWithout } from "./counted-resources.ts";
import { routesWithout } from "./counted-routes.ts";
import { toolsWithout } from "./counted-tools.ts";
import type { Counts } from "./counter.ts";
import { multiplyPurchases } from "./many-purchases.ts";
import { MOST_ROWS, rendered } from "./rendered.ts";
import { scansIn } from "./scans.ts";

const FEW = 1_000;

describeInWorld("what each thing costs", { story: true, business: deliveringBusiness }, (world) => {
  let rows: ReadonlyMap<string, Counts>;
  /** Plans in a new business, whose tables have no statistics. */
  let unplanned: ReadonlyMap<string, readonly string[]>;
  let plans: ReadonlyMap<string, readonly string[]>;
  beforeAll(async () => {
    // Rows with the same time are sorted by id, so the same ids read the same rows.
    world.ids = idsOf(1);
    await world.sandbox.seedIds(1);
    // Makes one of each thing, which `multiplyPurchases` copies.
    ({ plans: unplanned } = await countEverything(world, { explained: true }));
    await multiplyPurchases(world, FEW, { apart: true });
    await world.scheduled();
    ({ rows, plans } = await countEverything(world, { explained: true }));
  }, 3_600_000);

  test("every tool, resource, event type and route has a row, and each row is as committed", async () => {
    const without = [toolsWithout(rows), resourcesWithout(rows), eventsWithout(rows), routesWithout(world, rows)];
    expect(without).toEqual([[], [], [], []]);
    await expect(rendered(rows, FEW)).toMatchFileSnapshot("table.md");
  });

  test("round trips and calls to Stripe are as promised", ({ task }) => {
    const of = (kind: string) => [...rows].filter(([name]) => name.startsWith(`${kind} `));
    for (const [name, { trips, stripe }] of of("tool")) {
      const isCheckout = /^tool (start|expire)_\w*checkout$/.test(name);
      const isUpload = name === "tool upload_product_asset";
      const isRead = name.endsWith(", again") || /get_operation|tools\/list/.test(name);
      const most = isCheckout ? [3, 1] : isUpload ? [3, 0] : isRead ? [1, 0] : [2, 0];
      expect([name, trips, stripe]).toEqual([name, Math.min(trips, most[0] ?? 0), most[1]]);
    }
    for (const [name, { trips }] of of("resource")) expect([name, trips]).toEqual([name, 1]);
    for (const [name, { trips }] of of("event")) {
      expect(trips, name).toBeLessThanOrEqual(name.includes(", again") ? 1 : 2);
    }
    tell(task, "counts", figuresOf(rows));
  });

  test("no plan of a statement scans a table, with statistics or without", async ({ task }) => {
    const found = await scansIn(world, [unplanned, plans]);
    expect(found).toEqual([]);
    tell(task, "plans", { values: { "statements explained": new Set([...unplanned.keys(), ...plans.keys()]).size } });
  });
});

function figuresOf(rows: ReadonlyMap<string, Counts>) {
  const calls = [...rows].filter(([name]) => !name.startsWith("run "));
  const above = calls.filter(([, { rowsRead }]) => rowsRead > MOST_ROWS);
  const writes = [...rows].filter(([name]) => /^tool \w+_\w+$/.test(name) && !name.startsWith("tool get_"));
  const tokens = writes.map(([, counts]) => counts.tokens ?? 0);
  const [worst] = above.toSorted(([, one], [, other]) => other.rowsRead - one.rowsRead);
  return {
    values: {
      "things counted": rows.size,
      "calls that read at most 20 rows": calls.length - above.length,
      "calls that read more": above.length,
      "tokens of a write's result, on average": Math.round(tokens.reduce((sum, one) => sum + one, 0) / tokens.length),
    },
    misses:
      above.length > 0 && worst
        ? [`${above.length} calls read more than ${MOST_ROWS} rows; the most is ${worst[1].rowsRead}, by ${worst[0]}`]
        : [],
  };
}
