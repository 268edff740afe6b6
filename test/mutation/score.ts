/** What came of the mutants of an area. */
export interface Tally {
  readonly area: string;
  /** How many mutants the area has. */
  readonly all: number;
  /** How many of them ran. */
  readonly drawn: number;
  readonly killed: number;
}

/** 95 % of a normal distribution lie within so many standard deviations. */
const Z = 1.959964;

/** Wilson's 95 % interval of a share that was seen in a sample. */
export function wilson(share: number, sample: number): readonly [number, number] {
  const z2 = Z * Z;
  const middle = (share + z2 / (2 * sample)) / (1 + z2 / sample);
  const half = (Z * Math.sqrt((share * (1 - share)) / sample + z2 / (4 * sample * sample))) / (1 + z2 / sample);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/**
 * The share over several areas, each weighed by its number of mutants, with its interval. The areas' samples are of one
 * size, so a large area's mutants stand for more: the interval is that of Kish's effective sample.
 */
export function overall(tallies: readonly Tally[]): {
  readonly share: number;
  readonly interval: readonly [number, number];
} {
  const all = tallies.reduce((sum, tally) => sum + tally.all, 0);
  const share = tallies.reduce((sum, tally) => sum + (tally.all / all) * (tally.killed / tally.drawn), 0);
  const effective = 1 / tallies.reduce((sum, tally) => sum + (tally.all / all) ** 2 / tally.drawn, 0);
  return { share, interval: wilson(share, effective) };
}

/** `93.9 %`. */
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** `80.4 to 98.3 %`. */
export const percentRange = ([from, to]: readonly [number, number]): string =>
  `${(from * 100).toFixed(1)} to ${percent(to)}`;
