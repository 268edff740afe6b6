const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Where the ids of a seed have got to; undefined while ids are random. */
let seeded: number | undefined;

/** From now on ids follow from the seed, the same in each run; without one they are random again. */
export function seedIds(seed: number | undefined): void {
  seeded = seed;
}

function nextByte(): number {
  if (seeded === undefined) return crypto.getRandomValues(new Uint8Array(1))[0] ?? 0;
  // Numerical Recipes' linear congruential generator: its high bits are even enough for names.
  seeded = (Math.imul(seeded, 1_664_525) + 1_013_904_223) >>> 0;
  return seeded >>> 24;
}

/** A new id in Stripe's format: prefix, underscore, base-62 characters. The last ones are slightly rarer: fit for a sandbox only. */
export function newId(prefix: string, length = 24): string {
  return `${prefix}_${Array.from({ length }, () => ALPHABET.charAt(nextByte() % ALPHABET.length)).join("")}`;
}
