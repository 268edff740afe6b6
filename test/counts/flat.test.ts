import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { deliveringBusiness } from "../support/goods.ts";
import { partNumber } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import { countEverything } from "./counted.ts";
import type { Counts } from "./counter.ts";
import { multiplyPurchases } from "./many-purchases.ts";

const FEW = 1_000;
const MANY = 100_000;

/**
 * Calls that may read more rows when there are more purchases, and why: the first person of this world has a hundredth of all
 * purchases, and the scheduled run works through what waits. Each is told as a miss; any other call that grows fails the test.
 */
const GROWS: readonly (readonly [RegExp, string])[] = [
  [/^route GET \/account\/(delete|data)/, "with the rows of the person who asks"],
  [/^route (GET|POST) \/account(\/limits)?( |$)/, "with the apps and orders of the person who asks"],
  [/^(tool|route POST) .*(checkout|start_)/, "with the open and recent checkouts of the person who buys, to a limit"],
  [/^resource commerce:\/\/plans\/\{slug\}, signed in/, "with the open checkouts of the person who asks, to a limit"],
  [/^route (GET|POST) \/owner\/(revocation-intents|operations|orders)/, "with what stands open"],
  [/^route (GET|POST) \/owner( |$)/, "with what stands open"],
  [/^run scheduled/, "with what waits to be looked at, to the budget of a run"],
];

/** A call may read so many rows more: a page of a person's own rows. A scan of purchases or people would add hundreds. */
const SLACK = 30;

describeInWorld(
  "what each call costs when there are more purchases",
  { story: true, business: deliveringBusiness },
  (world) => {
    async function among(purchases: number): Promise<ReadonlyMap<string, Counts>> {
      await multiplyPurchases(world, purchases);
      await world.scheduled();
      return (await countEverything(world)).rows;
    }

    // A part of the bench: the suite compares rows at 1,000 and at 20,000 purchases in what-a-call-costs.test.ts.
    test.skipIf(partNumber === undefined)(
      "is the same: round trips, statements, rows and calls",
      async ({ task }) => {
        // Makes one of each thing, which `multiplyPurchases` copies.
        await countEverything(world);
        const few = await among(FEW);
        const many = await among(MANY);
        const [counted] = await world.all<{ checkouts: number; people: number }>(
          "SELECT (SELECT count(*) FROM checkout_intents) AS checkouts, (SELECT count(*) FROM user) AS people",
        );
        expect(counted?.checkouts).toBeGreaterThan(MANY);
        expect([...many.keys()]).toEqual([...few.keys()]);
        const differing: string[] = [];
        const misses: string[] = [];
        let same = 0;
        let most = 0;
        for (const [name, { rowsRead, bytes: _, tokens: __, ...rest }] of few) {
          const { rowsRead: then = 0, bytes: ___, tokens: ____, ...other }: Partial<Counts> = many.get(name) ?? {};
          const isSame = JSON.stringify(rest) === JSON.stringify(other) && then <= rowsRead + SLACK;
          const told = `${name}: ${rowsRead} rows in ${rest.trips} trips, then ${then} in ${other.trips}`;
          const grows = GROWS.find(([pattern]) => pattern.test(name))?.[1];
          if (isSame) {
            same += 1;
            most = Math.max(most, then - rowsRead);
          } else if (grows) misses.push(`${told}: ${grows}`);
          else differing.push(told);
        }
        console.log([...misses, ...differing].join("\n"));
        expect(differing).toEqual([]);
        tell(task, "flat", {
          values: {
            "things counted": few.size,
            "the same": same,
            "purchases at first": FEW,
            "purchases then": counted?.checkouts ?? 0,
            "people then": counted?.people ?? 0,
          },
          worst: { "rows read more, by one of the same calls": most },
          misses,
        });
      },
      3_600_000,
    );
  },
);
