/** A time that a call to Stripe may have lasted, in epoch milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Our clock and Stripe's differ by less than this. */
export const CLOCKS_DIFFER_MS = 5 * 60_000;
/** Longer than a call to Stripe takes, with its way there, its time-out and the library's one repetition. */
export const TRY_LASTS_MS = 60_000;

/** The span of a try that starts now. A Worker that dies in it notes no end, so the end is the latest possible one. */
export const tryFrom = (now: number): Span => ({ from: now, to: now + TRY_LASTS_MS });

/** The spans of Stripe's time in which these tries may have made a session: apart, the earliest first. */
export function spansOf(tries: readonly Span[]): readonly Span[] {
  const spans: Span[] = [];
  const widened = tries.map(({ from, to }) => ({ from: from - CLOCKS_DIFFER_MS, to: to + CLOCKS_DIFFER_MS }));
  for (const next of widened.toSorted((one, other) => one.from - other.from)) {
    const last = spans.at(-1);
    if (last && next.from <= last.to) spans[spans.length - 1] = { from: last.from, to: Math.max(last.to, next.to) };
    else spans.push(next);
  }
  return spans;
}
