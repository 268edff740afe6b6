import { expect, test } from "vitest";
import { PARTS, runOfArea } from "../mutation/parts.ts";
import { overall, percent, percentRange, type Tally, wilson } from "../mutation/score.ts";
import { survivorAt } from "../mutation/survivors.ts";
import { promises } from "../report/promises.ts";
import { readResult, totalOf } from "../report/result.ts";
import { partNumber } from "../support/size.ts";
import { tell } from "../support/tell.ts";

const GOAL = 0.9;
const HEADING = "Mutants by area";
const COLUMNS = ["area", "mutants of the area", "drawn", "noticed", "score", "95 % interval", "commits"];

/** The tallies of the parts before this one, from their rows in the result file. */
function earlier(): Tally[] {
  const here = partNumber ?? 1;
  const line = promises.find(({ id }) => id === "S9");
  const parts = (line && readResult(line)?.parts.filter(({ part }) => part < here)) ?? [];
  const rows = totalOf(parts).tables[HEADING]?.rows ?? [];
  return rows.map(([area, all, drawn, killed]) => ({
    area: String(area),
    all: Number(all),
    drawn: Number(drawn),
    killed: Number(killed),
  }));
}

/** Each part is an area. Whatever the seed of the part, the sample of the area is that of seed 1. */
test("the tests notice a mistake", async ({ task }) => {
  const area = PARTS[((partNumber ?? 1) - 1) % PARTS.length];
  if (!area) throw new Error("there is no such part");
  console.log(`area ${area}`);
  const { tally, passed, commits } = await runOfArea(area);
  expect(tally.drawn).toBeGreaterThan(0);
  const share = tally.killed / tally.drawn;
  const all = overall([...earlier().filter((one) => one.area !== area), tally]);
  const reasons = passed.map((one) => ({ one, known: survivorAt(one) }));
  tell(task, "S9", {
    counts: { mutants: tally.drawn, noticed: tally.killed, survived: passed.length },
    values: {
      "score, each area weighed by its mutants": percent(all.share),
      "95 % interval": percentRange(all.interval),
    },
    tables: {
      [HEADING]: {
        columns: COLUMNS,
        rows: [
          [
            area,
            tally.all,
            tally.drawn,
            tally.killed,
            percent(share),
            percentRange(wilson(share, tally.drawn)),
            commits.join(", "),
          ],
        ],
      },
      "Mutants that no test noticed": {
        columns: ["place and change", "becomes", "why", "reason"],
        rows: reasons.map(({ one, known }) => [
          `${one.place} ${one.mutator}`,
          one.replacement,
          known?.why ?? "",
          known?.reason ?? "not looked at yet",
        ]),
      },
    },
    misses: [
      ...(share < GOAL
        ? [`${area}: ${percent(share)} of ${tally.drawn} mutants were noticed, promised are ${percent(GOAL)}`]
        : []),
      ...reasons
        .filter(({ known }) => !known)
        .map(({ one }) => `${one.place} ${one.mutator}: a survivor without a reason`),
    ],
  });
});
