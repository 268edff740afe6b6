/** Why a mutant survives. */
export interface Survivor {
  /** The file, from the root, and the line. */
  readonly place: string;
  readonly mutator: string;
  /** What stands there in its place. */
  readonly replacement: string;
  readonly why: "equivalent" | "not covered" | "covered elsewhere";
  readonly reason: string;
}

/** The survivors of the sample that were looked at, with the reason of each. */
export const SURVIVORS: readonly Survivor[] = [];
