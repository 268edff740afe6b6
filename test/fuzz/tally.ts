/** How often each thing was seen, with the first example of those that have one. */
export function tally() {
  const counts = new Map<string, number>();
  const examples = new Map<string, string>();
  return {
    add(what: string, example?: () => string): void {
      if (example && !examples.has(what)) examples.set(what, example());
      counts.set(what, (counts.get(what) ?? 0) + 1);
    },
    get size() {
      return counts.size;
    },
    of: (what: string) => counts.get(what) ?? 0,
    /** The most frequent first. */
    listed: () =>
      [...counts]
        .sort(([, left], [, right]) => right - left)
        .map(([what, times]) => `${what} ${times}`)
        .join(", "),
    /** Each with its first example. */
    examples: () => [...counts.keys()].map((what) => `${what}\n${examples.get(what) ?? ""}`),
  };
}
