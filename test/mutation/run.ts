import { PARTS, runOfPart } from "./parts.ts";

/** `node test/mutation/run.ts [<area> …]`: runs the parts of the areas one after the other, which the report then has at hand. */
const wanted = process.argv.slice(2);
for (const part of PARTS) {
  if (wanted.length > 0 && !wanted.includes(part.area)) continue;
  console.log(`== ${part.area}, batch ${part.batch}`);
  console.log(JSON.stringify(await runOfPart(part), null, 2));
}
