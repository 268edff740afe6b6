import { expect, test } from "vitest";
import { DEFECTS } from "../report/defects/list.ts";
import { caughtBy, inCopy } from "../report/defects/run-defect.ts";
import { partNumber } from "../support/size.ts";
import { tell } from "../support/tell.ts";

/** How many mistakes a part tries, which takes a few minutes. */
const A_PART = 5;

test("a test of its promise notices each mistake", async ({ task }) => {
  const part = partNumber ?? 1;
  const defects = DEFECTS.slice((part - 1) * A_PART, part * A_PART);
  expect(defects.length).toBeGreaterThan(0);
  await inCopy(async (copy) => {
    let caught = 0;
    const rows: string[][] = [];
    const misses: string[] = [];
    for (const defect of defects) {
      const { promise, what } = defect;
      const by = await caughtBy(copy, defect, part);
      console.log(`${promise}: ${what} ${by ? `Caught by ${by.test}: ${by.failure}` : "NOT CAUGHT"}`);
      if (by) caught++;
      else misses.push(`No test of ${promise} notices this: ${what}`);
      rows.push([what, promise, by ? `${by.file}: ${by.test}` : "none"]);
    }
    tell(task, "S12", {
      counts: { "defects put in": defects.length, "defects caught": caught },
      tables: { "Defects, and the test that caught each": { columns: ["defect", "promise", "caught by"], rows } },
      misses,
    });
  });
});
