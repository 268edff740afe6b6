import type { Fault } from "../faults.ts";
import { meant } from "../near-name.ts";

/** The path of a field in its file. */
export type Path = readonly PropertyKey[];

/** A set or a map by id. */
interface KnownIds {
  has(id: string): boolean;
  keys(): Iterable<string>;
}

/** Collects the faults of one file. */
export function checker(file: string) {
  const faults: Fault[] = [];
  /** `about` names what the rule looked at beside the row itself, as `Fault` says. */
  const fail = (path: Path, message: string, about: readonly string[] = []): void =>
    void faults.push({ file, path, message, about });
  return {
    faults,
    fail,
    /** `source` is the file whose rows have the ids. */
    known(path: Path, id: string, ids: KnownIds, what: string, source: string): void {
      if (ids.has(id)) return;
      fail(path, `must be the id of ${what}: ${id} is unknown${meant(id, ids.keys())}`, [id, source]);
    },
    unique(values: readonly string[], path: (index: number) => Path): void {
      const seen = new Set<string>();
      for (const [index, value] of values.entries()) {
        if (seen.has(value))
          fail(path(index), `must be unique: ${value} stands there before, so give this one another`);
        seen.add(value);
      }
    },
  };
}
