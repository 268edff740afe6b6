import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { deliveringBusiness } from "../support/goods.ts";
import { partNumber } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import { countEverything } from "./counted.ts";
import type { Counter, Counts } from "./counter.ts";
import { multiplyPurchases } from "./many-purchases.ts";

const FEW = 1_000;
const MANY = 100_000;

/** A call may read so many rows more than counting itself has added, by chance of the ids: a page reads other rows. */
const SLACK = 30;
/** A run of the schedule reads Stripe's events of the last hour again: here, all that the test has made. */
const SLACK_OF_A_RUN = 300;
/** The schedule seals the audit a budget of rows at a time. */
const MOST_RUNS = 5_000;

describeInWorld(
  "what each call costs when there are more purchases",
  { story: true, business: deliveringBusiness },
  (world) => {
    const one = async (sql: string) => (await world.all<{ n: number }>(`SELECT (${sql}) AS n`))[0]?.n ?? 0;
    const purchases = () => one("SELECT count(*) FROM checkout_intents");

    /** Lets the schedule run until no audit row waits for its seal. */
    async function becomeQuiet(): Promise<void> {
      for (let run = 0; run < MOST_RUNS; run++) {
        await world.scheduled();
        const sealed = await one("SELECT max(through_sequence) FROM audit_seals");
        if (sealed === (await one("SELECT max(sequence) FROM payment_audit_events"))) return;
      }
      throw new Error("the audit was not sealed");
    }

    async function counted(): Promise<Counter> {
      await becomeQuiet();
      return countEverything(world);
    }

    // A part of the bench: the suite compares rows at 1,000 and at 20,000 purchases in what-a-call-costs.test.ts.
    test.skipIf(partNumber === undefined)(
      "is the same: round trips, statements, rows and calls",
      async ({ task }) => {
        // Makes one of each thing, which `multiplyPurchases` copies.
        await countEverything(world);
        await multiplyPurchases(world, FEW);
        // Counting adds rows of its own. What one counting adds is seen between the first two, and taken off.
        const first = await counted();
        const few = await counted();
        const before = await purchases();
        await multiplyPurchases(world, MANY, { atRest: true });
        const many = await counted();
        expect(await purchases()).toBeGreaterThan(MANY);
        expect([...many.rows.keys()]).toEqual([...few.rows.keys()]);
        const misses: string[] = [];
        let same = 0;
        let most = 0;
        for (const [name, costs] of few.rows) {
          const then = many.rows.get(name) ?? costs;
          const own = Math.max(0, costs.rowsRead - (first.rows.get(name)?.rowsRead ?? 0));
          const more = then.rowsRead - costs.rowsRead - own;
          const isRun = name.startsWith("run ");
          if (isRun ? more <= SLACK_OF_A_RUN : apartFromRows(costs) === apartFromRows(then) && more <= SLACK) {
            same += 1;
            if (!isRun) most = Math.max(most, more);
          } else {
            misses.push(`${name}: ${JSON.stringify(costs)}, then ${JSON.stringify(then)}`);
            console.log([misses.at(-1), ...grownStatements(name, few, many)].join("\n"));
          }
        }
        tell(task, "flat", {
          values: {
            "things counted": few.rows.size,
            "the same": same,
            "purchases at first": before,
            "purchases then": await purchases(),
            "people then": await one("SELECT count(*) FROM user"),
            "audit rows then": await one("SELECT count(*) FROM payment_audit_events"),
          },
          worst: { "rows read more, by one of the same calls": most },
          misses,
        });
      },
      7_200_000,
    );
  },
);

const apartFromRows = ({ rowsRead: _, bytes: __, tokens: ___, ...others }: Counts) => JSON.stringify(others);

/** The statements of a call that read more rows than before, for the one who looks for the cause. */
function grownStatements(name: string, few: Counter, many: Counter): string[] {
  const before = new Map((few.statements.get(name) ?? []).map(({ sql, rowsRead }) => [sql, rowsRead]));
  return (many.statements.get(name) ?? [])
    .filter(({ sql, rowsRead }) => rowsRead > (before.get(sql) ?? 0) + SLACK / 3)
    .map(({ sql, rowsRead }) => `  ${before.get(sql) ?? 0} rows, then ${rowsRead}: ${sql}`);
}
