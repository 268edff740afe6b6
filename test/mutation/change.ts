/** What a run of tests is given: a file of ours with another text, or a migration with another statement. */
export type Change =
  | { readonly file: string; readonly text: string }
  | { readonly migration: string; readonly from: string; readonly to: string };

interface Now {
  change: Change | undefined;
  /** The order of the test files. */
  order: readonly string[];
}

const shared = globalThis as { mutationNow?: Now };
shared.mutationNow ??= { change: undefined, order: [] };

/** The change that the tests run with. The configuration of vitest is bundled: what it shares with a script is global. */
export const now: Now = shared.mutationNow;
