import fc from "fast-check";

/**
 * Random orders of the indices below `count`, in groups of up to `most` that arrive together. The simplest order is the
 * given one, one at a time.
 */
export function orders(count: number, most: number): fc.Arbitrary<number[][]> {
  const times = fc.tuple(...Array.from({ length: count }, () => fc.nat()));
  const size = fc.oneof(fc.constant(1), { weight: 3, arbitrary: fc.integer({ min: 1, max: most }) });
  const sizes = fc.tuple(...Array.from({ length: count }, () => size));
  return fc.tuple(times, sizes).map(([at, together]) => {
    const queue = [...at.keys()].sort((one, other) => (at[one] ?? 0) - (at[other] ?? 0));
    return together.map((size) => queue.splice(0, size)).filter((group) => group.length > 0);
  });
}

/** Every order of some items. */
export function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}
