/** How often each thing was seen. */
export function tally() {
  const counts = new Map<string, number>();
  return {
    add(what: string): void {
      counts.set(what, (counts.get(what) ?? 0) + 1);
    },
    /** How often this was seen. */
    of: (what: string) => counts.get(what) ?? 0,
    get size() {
      return counts.size;
    },
    /** The most frequent first. */
    listed: () =>
      [...counts]
        .sort(([, left], [, right]) => right - left)
        .map(([what, times]) => `${what} ${times}`)
        .join(", "),
  };
}
