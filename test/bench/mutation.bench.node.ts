import { expect, test } from "vitest";
import { PARTS, runOfPart } from "../mutation/parts.ts";
import { overall, percent, percentRange, type Tally, wilson } from "../mutation/score.ts";
import { survivorAt } from "../mutation/survivors.ts";
import { promises } from "../report/promises.ts";
import { readResult, totalOf } from "../report/result.ts";
import { partNumber } from "../support/size.ts";
import { tell } from "../support/tell.ts";

const GOAL = 0.9;
const HEADING = "Mutants by area";
const COLUMNS = ["area", "mutants of the area", "drawn", "noticed", "score", "95 % interval", "commits"];

/** What the parts before this one have found out. */
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

/** A batch of an area with the batches before it. */
function together(now: Tally, before: Tally | undefined): Tally {
  return before ? { ...now, drawn: now.drawn + before.drawn, killed: now.killed + before.killed } : now;
}

/** Each part is a batch of an area's sample. Whatever the seed of the part, the sample is that of seed 1. */
test("the tests notice a mistake", async ({ task }) => {
  const part = PARTS[((partNumber ?? 1) - 1) % PARTS.length];
  if (!part) throw new Error("there is no such part");
  const { area } = part;
  console.log(`area ${area}, batch ${part.batch}`);
  const { tally: now, passed, commits } = await runOfPart(part);
  expect(now.drawn).toBeGreaterThan(0);
  const before = earlier();
  const tally = together(
    now,
    before.find((one) => one.area === area),
  );
  const isLast = !PARTS.slice(PARTS.indexOf(part) + 1).some((later) => later.area === area);
  const share = tally.killed / tally.drawn;
  const all = overall([...before.filter((one) => one.area !== area), tally]);
  const reasons = passed.map((one) => ({ one, known: survivorAt(one) }));
  tell(task, "S9", {
    counts: { mutants: now.drawn, noticed: now.killed, survived: passed.length },
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
      ...(share < GOAL && isLast
        ? [`${area}: ${percent(share)} of ${tally.drawn} mutants were noticed, promised are ${percent(GOAL)}`]
        : []),
      ...reasons
        .filter(({ known }) => !known)
        .map(({ one }) => `${one.place} ${one.mutator}: a survivor without a reason`),
    ],
  });
});
