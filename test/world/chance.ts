/** Numbers from 0 up to 1 that follow from a seed (mulberry32). */
export function chanceOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The items in an order of chance. */
export function shuffled<T>(items: readonly T[], chance: () => number): T[] {
  return items
    .map((item) => [chance(), item] as const)
    .sort(([one], [other]) => one - other)
    .map(([, item]) => item);
}

/** One of the items. */
export function oneOf<T>(items: readonly T[], chance: () => number): T {
  const item = items[Math.floor(chance() * items.length)];
  if (item === undefined) throw new Error("nothing to choose from");
  return item;
}

/** Ids of the server that follow from a seed, in the shape of random ones. */
export function idsOf(seed: number): { next(kind: string): string } {
  const chance = chanceOf(seed);
  const hex = (digits: number) =>
    Math.floor(chance() * 16 ** digits)
      .toString(16)
      .padStart(digits, "0");
  return { next: (kind) => `${kind}-${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(8)}${hex(4)}` };
}
