import { DAY_MS } from "./time.ts";

const MINUTE = 60_000;
/** A zone is at most 14 hours before or 12 hours behind UTC; two hours more cost one step of the search. */
const FURTHEST = 16 * 60;

const formats = new Map<string, Intl.DateTimeFormat>();

/** True for a day that the calendar has, as a date field sends it: `2026-11-29`. */
export function isDay(text: string): boolean {
  if (!/^(?:19[7-9]|2\d\d)\d-\d\d-\d\d$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00.000Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** The day of an instant in a time zone: `2026-11-29`. */
export function dayOf(instant: number, timeZone: string): string {
  let format = formats.get(timeZone);
  if (!format) {
    const options = { year: "numeric", month: "2-digit", day: "2-digit", timeZone } as const;
    format = new Intl.DateTimeFormat("en-US-u-ca-iso8601-nu-latn", options);
    formats.set(timeZone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  return `${parts.year}-${parts.month}-${parts.day}`;
}

/**
 * The first instant of a day in a time zone. A day of daylight saving may begin at one o'clock, and be 23 or 25 hours long,
 * so the instant is searched by the zone's own calendar.
 */
export function startOfDay(day: string, timeZone: string): number {
  const midnight = Date.parse(`${day}T00:00:00.000Z`);
  let before = -FURTHEST;
  let within = FURTHEST;
  while (within - before > 1) {
    const middle = Math.floor((before + within) / 2);
    if (dayOf(midnight + middle * MINUTE, timeZone) < day) before = middle;
    else within = middle;
  }
  return midnight + within * MINUTE;
}

/** The first instant after a day in a time zone. */
export const endOfDay = (day: string, timeZone: string): number =>
  startOfDay(new Date(Date.parse(`${day}T00:00:00.000Z`) + DAY_MS).toISOString().slice(0, 10), timeZone);
