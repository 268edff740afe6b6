import type { Played } from "../simulator.ts";

/** A promise, as a check of a world that has become quiet. */
export interface Invariant {
  readonly id: `P${number}`;
  readonly says: string;
  /** What breaks it, in words; nothing where it holds. */
  broken(played: Played, straight: Played | undefined): readonly string[];
}

/** The items by the text that `of` makes of each. */
export function grouped<T>(items: readonly T[], of: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  return Map.groupBy(items, of);
}

/** The groups with more than one item. */
export const repeated = <T>(items: readonly T[], of: (item: T) => string): [string, readonly T[]][] =>
  [...grouped(items, of)].filter(([, group]) => group.length > 1);
