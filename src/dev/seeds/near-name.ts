/** Letters that may differ, by the length of the name: `currencyy`, `unitAmountCent`. */
const mayDiffer = (name: string): number => (name.length < 5 ? 1 : name.length < 12 ? 2 : 3);

/** The known name that a mistyped one was meant to be; undefined where none is near. */
function nearName(name: string, known: Iterable<string>): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = distanceOf(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= mayDiffer(candidate) && (best === undefined || distance < best.distance)) {
      best = { name: candidate, distance };
    }
  }
  return best?.name;
}

/** `, did you mean prices.json?`, or nothing. */
export function meant(name: string, known: Iterable<string>): string {
  const near = nearName(name, known);
  return near === undefined ? "" : `, did you mean ${near}?`;
}

/** Levenshtein's distance. */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (const [j, against] of [...other].entries()) {
      const replaced = (row[j] ?? 0) + (letter === against ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
