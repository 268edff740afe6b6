import { AREAS, DRAWN, IN_A_PART } from "./areas.ts";
import { type AreaResult, runArea } from "./run-area.ts";
import { runSqlArea, SQL_AREA, sqlMutants } from "./run-sql-area.ts";

/** What one part of a report runs. */
export interface MutationPart {
  readonly area: string;
  /** From 0. */
  readonly batch: number;
}

const BATCHES = Array.from({ length: Math.ceil(DRAWN / IN_A_PART) }, (_, batch) => batch);

const partsOf = (ids: readonly string[]) => ids.flatMap((area) => BATCHES.map((batch) => ({ area, batch })));

/** Every part: the areas that unit tests cover, the guards in SQL, and the areas that are tested through the doors. */
export const PARTS: readonly MutationPart[] = [
  ...partsOf(AREAS.slice(0, 2).map(({ id }) => id)),
  { area: SQL_AREA, batch: 0 },
  ...partsOf(AREAS.slice(2).map(({ id }) => id)),
];

/** How many mutants all parts run. */
export const MUTANTS = AREAS.length * DRAWN + sqlMutants().length;

/** Runs a part, or tells what it found out on the same files before. */
export function runOfPart({ area: id, batch }: MutationPart, thorough = true): Promise<AreaResult> {
  const area = AREAS.find((one) => one.id === id);
  return area ? runArea(area, batch, thorough) : runSqlArea(thorough);
}
