import { BOUNDS, type Bound } from "../../src/base/bounds.ts";

/**
 * Cloudflare's counters as its documentation describes them, on a clock of the test's: each key has its number in each
 * window. What the product asks of them is ours; the counting is not.
 */
export function countersOn(clock: { now(): number }): Readonly<Record<string, Pick<RateLimit, "limit">>> {
  return Object.fromEntries(
    Object.values(BOUNDS).flatMap(({ binding, most, seconds }: Bound) => {
      if (!binding || seconds === null) return [];
      const counts = new Map<string, number>();
      const limit = async ({ key }: { key: string }) => {
        const slot = `${Math.floor(clock.now() / (seconds * 1000))} ${key}`;
        counts.set(slot, (counts.get(slot) ?? 0) + 1);
        return { success: (counts.get(slot) ?? 0) <= most };
      };
      return [[binding, { limit }]];
    }),
  );
}
