import { expect, test } from "vitest";
import { declaredName, domainOf, quotedText, shortName, visibleText } from "../../src/pages/untrusted-text.ts";

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
  expect(quotedText("x".repeat(501))).toBe(`${"x".repeat(499)}…`);
});

test("in a text that is shown as it came, each character that hides or turns text becomes a visible one", () => {
  expect(visibleText("a\u202eb\u200bc\u2028d\0e")).toBe("a\ufffdb\ufffdc\ufffdd\ufffde");
  expect(visibleText("one\n\ttwo\rthree")).toBe("one\n\ttwo\ufffdthree");
});

test("a name that its bearer chose is one short line of what can be seen", () => {
  expect(shortName("  My\t\u2003app\n ")).toBe("My app");
  expect(shortName("safe\u202etxt\u200b.exe")).toBe("safetxt.exe");
  expect(shortName("\u200b\u202e \0")).toBe("");
  expect(shortName("x".repeat(60))).toBe("x".repeat(60));
  expect(shortName("🍞".repeat(61))).toBe(`${"🍞".repeat(59)}…`);
});

test("a client's own name and version are one line, and what is no name is none", () => {
  expect(declaredName('{"name":"My\\n app","version":"1.0"}')).toBe("My app 1.0");
  expect(declaredName('{"name":"My app","version":1}')).toBe("My app");
  expect(declaredName('{"name":"a\\u202eb"}')).toBe("a\ufffdb");
  expect(declaredName(JSON.stringify({ name: "🍞".repeat(200) }))).toBe("🍞".repeat(100));
  for (const other of [null, "", "{}", '{"name":1,"version":"1.0"}', "{", "null"]) {
    expect([other, declaredName(other)]).toEqual([other, undefined]);
  }
});

test("a client whose id is a URL is known by its domain", () => {
  expect(domainOf("https://app.example.com/client.json")).toBe("app.example.com");
  expect(domainOf("a1b2c3")).toBeUndefined();
  expect(domainOf(null)).toBeUndefined();
});
