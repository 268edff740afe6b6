import { expect, test } from "vitest";
import { languageOf, shownDay, shownMoney, shownTime } from "../../src/base/shown.ts";

/** Intl writes some blanks as no-break spaces, which ones depends on its data. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

test.each([
  ["en", 900, "usd", "$9.00 USD"],
  ["en", 123_456_789, "usd", "$1,234,567.89 USD"],
  ["ja-JP", 4800, "jpy", "￥4,800 JPY"],
  ["de-DE", 12_500, "kwd", "12,500 KWD"],
  ["de-DE", 1_234_500, "eur", "12.345,00 € EUR"],
  ["en", 0, "jpy", "¥0 JPY"],
  // More digits than a number holds exactly.
  ["en", Number.MAX_SAFE_INTEGER, "usd", "$90,071,992,547,409.91 USD"],
])("%s writes %i %s as %s", (locale, cents, currency, text) => {
  expect(plain(shownMoney(cents, currency, { locale }))).toBe(text);
});

test("a time is the business's own, with its zone", () => {
  const instant = Date.parse("2026-11-29T16:30:00.000Z");
  const berlin = shownTime(instant, { locale: "de-DE", timeZone: "Europe/Berlin" });
  expect(berlin).toContain("17:30");
  const tokyo = { locale: "ja-JP", timeZone: "Asia/Tokyo" };
  expect(shownTime(instant, tokyo)).toContain("1:30");
  // The day has turned in Tokyo.
  expect(shownDay(instant, tokyo)).toContain("30");
  expect(shownDay(instant, { locale: "en", timeZone: "UTC" })).toBe("Nov 29, 2026");
});

test("the language of a locale", () => {
  expect(["en", "de-DE", "ja-JP", "zh-Hant-TW"].map(languageOf)).toEqual(["en", "de", "ja", "zh"]);
});
