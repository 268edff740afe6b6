import { expect, test } from "vitest";
import { endOfDay, isDay, startOfDay } from "../../src/base/days.ts";

test.each([
  ["2026-11-29", "UTC", "2026-11-29T00:00:00.000Z", 24],
  ["2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00.000Z", 23],
  ["2026-10-25", "Europe/Berlin", "2026-10-24T22:00:00.000Z", 25],
  // Its clocks went from midnight to one o'clock: the day began at one.
  ["2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00.000Z", 23],
  ["2026-01-01", "Pacific/Kiritimati", "2025-12-31T10:00:00.000Z", 24],
  ["2026-01-01", "Etc/GMT+12", "2026-01-01T12:00:00.000Z", 24],
  ["2026-01-01", "Asia/Kathmandu", "2025-12-31T18:15:00.000Z", 24],
])("%s in %s begins at %s and has %i hours", (day, zone, start, hours) => {
  expect(new Date(startOfDay(day, zone)).toISOString()).toBe(start);
  expect((endOfDay(day, zone) - startOfDay(day, zone)) / 3_600_000).toBe(hours);
});

test("a day is one that the calendar has, written as a date field sends it", () => {
  expect(["2026-02-28", "2028-02-29", "1970-01-01"].filter((day) => !isDay(day))).toEqual([]);
  const none = ["", "2026-02-30", "2026-13-01", "26-01-01", "2026-1-1", "2026-01-01T00:00", "9999-99-99", "0001-01-01"];
  expect(none.filter(isDay)).toEqual([]);
});
