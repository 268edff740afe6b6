import { env } from "cloudflare:workers";

/** A run's own randomness. It says its seed, and `TEST_SEED=…` in the environment runs it again. */
export interface Random {
  /** A whole number from 0 and below `limit`. */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
  shuffled<T>(items: readonly T[]): T[];
}

/** mulberry32: small, and the same everywhere. */
export function seededRandom(what: string): Random {
  const given = String((env as { TEST_SEED?: string }).TEST_SEED ?? "");
  const seed = given === "" ? (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) : Number(given);
  console.info(`${what}: TEST_SEED=${seed}`);
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    pick(items) {
      const picked = items[below(items.length)];
      if (picked === undefined) throw new Error("nothing to pick from");
      return picked;
    },
    shuffled(items) {
      const left = [...items];
      return items.flatMap(() => left.splice(below(left.length), 1));
    },
  };
}
