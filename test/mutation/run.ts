import { PARTS, runOfPart } from "./parts.ts";

/**
 * `node test/mutation/run.ts [--first] [<area> …]`: runs the parts of the areas one after the other, which the report then has
 * at hand; with `--first` on the first tests alone.
 */
const wanted = process.argv.slice(2).filter((word) => word !== "--first");
const thorough = !process.argv.includes("--first");
for (const part of PARTS) {
  if (wanted.length > 0 && !wanted.includes(part.area)) continue;
  console.log(`== ${part.area}, batch ${part.batch}`);
  const { tally, passed } = await runOfPart(part, thorough);
  console.log(JSON.stringify(tally), JSON.stringify(passed, null, 1));
}
