/** Published aggregates count time in whole epoch seconds; columns hold milliseconds. */
export const epochSeconds = (instant: number): number => Math.floor(instant / 1000);

/** The UTC date of the latest change among the rows that a document is computed from. */
export function latestDate(...sets: readonly (readonly { readonly updatedAt: number }[])[]): string {
  const latest = Math.max(0, ...sets.flat().map((row) => row.updatedAt));
  return new Date(latest).toISOString().slice(0, 10);
}
