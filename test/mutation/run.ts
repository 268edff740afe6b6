import { PARTS, runOfArea } from "./parts.ts";

/**
 * `node test/mutation/run.ts [--first] [<area> …]`: runs the areas one after the other and keeps their verdicts, which the
 * report then reads. With `--first` only the first tests of an area run.
 */
const wanted = process.argv.slice(2).filter((word) => word !== "--first");
const thorough = !process.argv.includes("--first");
for (const area of PARTS) {
  if (wanted.length > 0 && !wanted.includes(area)) continue;
  console.log(`== ${area}`);
  const { tally, passed } = await runOfArea(area, thorough);
  console.log(JSON.stringify(tally), JSON.stringify(passed, null, 1));
}
