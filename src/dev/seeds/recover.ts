import type { z } from "zod";
import type { Fault } from "./faults.ts";

/** What has faults of its own: a rule between files that looks at it would tell a second fault that only follows. */
interface Taint {
  /** Files of which nothing could be read. */
  readonly lost: Set<string>;
  /** Every text of a row that was left out: its own id, and the ids that it refers to. */
  readonly texts: Set<string>;
  /** Where the rows that were kept stand in their file, by file and list. */
  readonly places: Map<string, Map<string, readonly number[]>>;
}

export const emptyTaint = (): Taint => ({ lost: new Set(), texts: new Set(), places: new Map() });

/** A file without the rows that have faults; undefined where a fault is in no row. */
export function recovered(
  file: string,
  shape: z.ZodType,
  raw: unknown,
  issues: readonly z.core.$ZodIssue[],
  taint: Taint,
): unknown {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return undefined;
  const faulty = new Map<string, Set<number>>();
  for (const { path } of issues) {
    const [list, index] = path;
    if (typeof list !== "string" || typeof index !== "number") return undefined;
    faulty.set(list, (faulty.get(list) ?? new Set()).add(index));
  }
  const kept: Record<string, unknown> = { ...raw };
  const places = new Map<string, readonly number[]>();
  for (const [list, indices] of faulty) {
    const rows = kept[list];
    if (!Array.isArray(rows)) return undefined;
    for (const index of indices) addTexts(rows[index], taint.texts);
    const standing = [...rows.keys()].filter((index) => !indices.has(index));
    kept[list] = standing.map((index) => rows[index]);
    places.set(list, standing);
  }
  taint.places.set(file, places);
  return shape.safeParse(kept).data;
}

/** The faults of references that stand for themselves, at the places where their rows stand in the files. */
export function withoutFollowers(faults: readonly Fault[], taint: Taint): Fault[] {
  return faults
    .filter(({ about = [] }) => !about.some((text) => isTainted(text, taint)))
    .map((fault) => {
      const [list, index, ...rest] = fault.path;
      if (typeof list !== "string" || typeof index !== "number") return fault;
      const place = taint.places.get(fault.file)?.get(list)?.[index] ?? index;
      return { ...fault, path: [list, place, ...rest] };
    });
}

function addTexts(value: unknown, texts: Set<string>): void {
  if (typeof value === "string") texts.add(value);
  else if (typeof value === "object" && value !== null) for (const one of Object.values(value)) addTexts(one, texts);
}

/** `text` is an id, a file whose rows are looked at, or all rows of a file (`allRowsOf`). */
function isTainted(text: string, { texts, lost, places }: Taint): boolean {
  const file = text.endsWith(ALL) ? text.slice(0, -ALL.length) : text;
  return texts.has(text) || lost.has(file) || (file !== text && places.has(file));
}

const ALL = ": all rows";

/** Stands in `about` of a fault that holds for the whole list: a row that was left out may be the one that it misses. */
export const allRowsOf = (file: string): string => `${file}${ALL}`;
