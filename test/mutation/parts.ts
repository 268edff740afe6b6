import { AREAS, DRAWN } from "./areas.ts";
import { type AreaResult, runArea } from "./run-area.ts";
import { runSqlArea, SQL_AREA, sqlMutants } from "./run-sql-area.ts";

const ids = AREAS.map(({ id }) => id);

/** The area of each part of a report: those that unit tests cover, the guards in SQL, and those tested through the doors. */
export const PARTS: readonly string[] = [...ids.slice(0, 2), SQL_AREA, ...ids.slice(2)];

/** How many mutants all parts run. */
export const MUTANTS = AREAS.length * DRAWN + sqlMutants().length;

/** Runs the mutants of an area; those that ran on the same files before are answered from their records. */
export function runOfArea(id: string, thorough = true): Promise<AreaResult> {
  const area = AREAS.find((one) => one.id === id);
  return area ? runArea(area, thorough) : runSqlArea(thorough);
}
