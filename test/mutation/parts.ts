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

/** Every part: the guards in SQL, then each area's first batch, then each one's next. */
export const PARTS: readonly MutationPart[] = [
  { area: SQL_AREA, batch: 0 },
  ...BATCHES.flatMap((batch) => AREAS.map(({ id }) => ({ area: id, batch }))),
];

/** How many mutants all parts run. */
export const MUTANTS = AREAS.length * DRAWN + sqlMutants().length;

/** Runs a part, or tells what it found out on the same files before. */
export function runOfPart({ area: id, batch }: MutationPart, thorough = true): Promise<AreaResult> {
  const area = AREAS.find((one) => one.id === id);
  return area ? runArea(area, batch, thorough) : runSqlArea(thorough);
}
