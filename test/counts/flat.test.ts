import { beforeAll, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { deliveringBusiness } from "../support/goods.ts";
import { size } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import { countEverything } from "./counted.ts";
import type { Counts } from "./counter.ts";
import { multiplyPurchases } from "./many-purchases.ts";

const FEW = 1_000;
const MANY = size({ ci: 10_000, part: 100_000 });

/** A walk over purchases or people would add hundreds. These few are a person's own rows, of which a page is read. */
const SLACK = 30;

describeInWorld(
  "what each thing costs when there is more of everything",
  { story: true, business: deliveringBusiness },
  (world) => {
    beforeAll(() => countEverything(world));

    async function among(purchases: number): Promise<ReadonlyMap<string, Counts>> {
      await multiplyPurchases(world, purchases);
      await world.scheduled();
      return (await countEverything(world)).rows;
    }

    test("is the same: round trips, statements, rows and calls", async ({ task }) => {
      const few = await among(FEW);
      const many = await among(MANY);
      const [counted] = await world.all<{ checkouts: number; people: number }>(
        "SELECT (SELECT count(*) FROM checkout_intents) AS checkouts, (SELECT count(*) FROM user) AS people",
      );
      expect(counted?.checkouts).toBeGreaterThan(MANY);
      expect([...many.keys()]).toEqual([...few.keys()]);
      const differing: string[] = [];
      let most = 0;
      for (const [name, { rowsRead, bytes: _, tokens: __, ...rest }] of few) {
        const { rowsRead: then = 0, bytes: ___, tokens: ____, ...other } = many.get(name) ?? {};
        if (JSON.stringify(rest) !== JSON.stringify(other)) differing.push(`${name}: ${JSON.stringify([rest, other])}`);
        if (then > rowsRead + SLACK) differing.push(`${name}: ${rowsRead} rows, then ${then}`);
        most = Math.max(most, then - rowsRead);
      }
      expect(differing).toEqual([]);
      tell(task, "flat", {
        values: {
          "purchases at first": FEW,
          "purchases then": counted?.checkouts ?? 0,
          "people then": counted?.people ?? 0,
        },
        worst: { "rows read more, by one call": most },
      });
    }, 3_600_000);
  },
);
