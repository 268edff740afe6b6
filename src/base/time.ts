/** Epoch milliseconds, UTC. */
export interface Clock {
  now(): number;
}

/** A minute, in milliseconds. */
export const MINUTE_MS = 60_000;
/** A day of 24 hours, in milliseconds. */
export const DAY_MS = 86_400_000;

/** The clock of the machine. */
export const systemClock: Clock = { now: () => Date.now() };

/** The wire form of an instant: ISO 8601, UTC, milliseconds. */
export function isoTime(instant: number): string {
  return new Date(instant).toISOString();
}

/** An instant for people, to the minute, in UTC. */
export const minuteText = (instant: number): string => `${isoTime(instant).slice(0, 16).replace("T", " ")} UTC`;

/** The version of a row that follows `previous`: later than it even when the clock stands or goes back. */
export function nextVersion(previous: number, now: number): number {
  return Math.max(now, previous + 1);
}
