import { AREAS } from "./areas.ts";
import { runArea } from "./run-area.ts";
import { runSqlArea, SQL_AREA } from "./run-sql-area.ts";

/** `node test/mutation/run.ts <area> …`: runs areas one after the other, which the report then has at hand. */
for (const id of process.argv.slice(2)) {
  const area = AREAS.find((one) => one.id === id);
  if (!area && id !== SQL_AREA) throw new Error(`There is no area ${id}`);
  console.log(JSON.stringify(await (area ? runArea(area) : runSqlArea()), null, 2));
}
