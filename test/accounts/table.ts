import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { tell } from "../support/tell.ts";
import { type Cell, cellsOf, OUTCOMES, PRODUCTS } from "./cells.ts";
import type { AccountKind, Group } from "./kinds.ts";

/**
 * Declares a test for each kind of account and product: what was charged is what was confirmed, with tax where the
 * sentence says so, or nothing; and what was paid for is had, after one scheduled run at most. Prints the table.
 */
export function describeAccounts(name: string, { options, kinds }: Group): void {
  describeInWorld(name, options, (world) => {
    const rows: { kind: AccountKind; cells: Cell[] }[] = [];
    for (const kind of kinds) {
      test(`${kind.name}: ${kind.sale === "refused" ? "nothing is charged" : "charged is confirmed"}`, async () => {
        const cells: Cell[] = [];
        for (const product of PRODUCTS) cells.push(...(await cellsOf(world, kind, product)));
        rows.push({ kind, cells });
        const wrong = cells.flatMap(({ product, outcome, faults }) =>
          faults.map((fault) => `${product}, ${outcome}: ${fault}`),
        );
        expect(wrong, kind.name).toEqual([]);
      });
    }

    test("the table is whole", ({ task }) => {
      console.log(tableOf(name, rows));
      for (const { kind, cells } of rows) expect(cells.length, kind.name).toBe(kind.sale === "refused" ? 4 : 26);
      const cells = rows.flatMap((row) => row.cells);
      tell(task, "P13", {
        counts: {
          "kinds of accounts": rows.length,
          combinations: cells.length,
          "charged another sum than confirmed, or had without payment": cells.filter(({ faults }) => faults.length > 0)
            .length,
          "mended by a scheduled run": cells.filter(({ healed }) => healed).length,
        },
      });
    });
  });
}

/** One line for each kind and product: the sum that was charged under each outcome, `*` where it took the scheduled run. */
function tableOf(name: string, rows: readonly { kind: AccountKind; cells: readonly Cell[] }[]): string {
  const lines = rows.flatMap(({ kind, cells }) =>
    PRODUCTS.map((product) => {
      const own = cells.filter((cell) => cell.product === product);
      const columns = OUTCOMES.map((outcome) => {
        const cell = own.find((one) => one.outcome === outcome);
        return cell ? `${cell.faults.length > 0 ? "WRONG " : ""}${cell.charged}${cell.healed ? "*" : ""}` : "";
      });
      return [kind.name, product, String(own[0]?.confirmed ?? ""), ...columns];
    }),
  );
  const head = ["account", "product", "confirmed", ...OUTCOMES];
  const all = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...all.map((line) => (line[column] ?? "").length)));
  const text = all.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const count = rows.reduce((sum, { cells }) => sum + cells.length, 0);
  return [`${name}: ${count} cells; charged in cents, * after one scheduled run`, ...text].join("\n");
}
