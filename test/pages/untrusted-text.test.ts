import { expect, test } from "vitest";
import { quotedText } from "../../src/pages/untrusted-text.ts";

test("text of the business keeps the letters of every script, and emoji", () => {
  for (const text of [
    "Bäckerei für Brötchen",
    "東京ベーカリー　朝のパン",
    "می‌خواهم",
    "क्‍ष",
    "Coffee ☕️ and 👩‍🍳",
    '<b>9.00</b> & "more"',
  ]) {
    expect(quotedText(text)).toBe(text);
  }
});

test("it loses what hides text, turns its direction, or ends its line", () => {
  expect(quotedText("safe\u202etxt.exe\u2066 \u200bzero\u00adsoft\ufeff")).toBe("safetxt.exe zerosoft");
  // Letters of the tag block, and bytes in variation selectors, are read by models and seen by no person.
  expect(quotedText(`ok${String.fromCodePoint(0xe0041, 0xe0042)}`)).toBe("ok");
  expect(quotedText(`ok\ufe0f\ufe0e\ufe0f\ufe0e${String.fromCodePoint(0xe0101)}`)).toBe("ok\ufe0f");
  expect(quotedText("\u200dstart")).toBe("start");
  expect(quotedText("one\r\ntwo\n\n\tthree\u2028four\0")).toBe("one two three four");
});

test("it is bounded, by characters and not in the middle of one", () => {
  const long = quotedText("🍞".repeat(600));
  expect([...long]).toHaveLength(500);
  expect(long.endsWith("🍞…")).toBe(true);
  expect(quotedText("x".repeat(500))).toBe("x".repeat(500));
});
