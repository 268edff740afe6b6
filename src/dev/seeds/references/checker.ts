import type { Fault } from "../faults.ts";

/** The path of a field in its file. */
export type Path = readonly PropertyKey[];

/** Collects the faults of one file. */
export function checker(file: string) {
  const faults: Fault[] = [];
  const fail = (path: Path, message: string): void => void faults.push({ file, path, message });
  return {
    faults,
    fail,
    known(path: Path, id: string, ids: { has(id: string): boolean }, what: string): void {
      if (!ids.has(id)) fail(path, `must be the id of ${what}: ${id} is unknown`);
    },
    unique(values: readonly string[], path: (index: number) => Path): void {
      const seen = new Set<string>();
      for (const [index, value] of values.entries()) {
        if (seen.has(value)) fail(path(index), `must be unique: ${value} stands there before`);
        seen.add(value);
      }
    },
  };
}
