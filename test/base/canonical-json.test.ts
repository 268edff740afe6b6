import { expect, test } from "vitest";
import { canonicalJson } from "../../src/base/canonical-json.ts";

test("the example of RFC 8785, section 3.2.2", () => {
  const value = JSON.parse(`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
    "literals": [null, true, false]
  }`);
  expect(canonicalJson(value)).toBe(
    `{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA'B\\"\\\\\\\\\\"/"}`,
  );
});

test("keys are sorted by UTF-16 code units, as in section 3.2.3, at every depth", () => {
  const value = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\u{1f600}": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
  };
  expect(Object.values(JSON.parse(canonicalJson(value)))).toHaveLength(7);
  expect([...canonicalJson(value).matchAll(/:"([^"]+)"/g)].map(([, name]) => name)).toEqual([
    "Carriage Return",
    "One",
    "Control",
    "Latin Small Letter O With Diaeresis",
    "Euro Sign",
    "Emoji: Grinning Face",
    "Hebrew Letter Dalet With Dagesh",
  ]);
  expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: {} })).toBe('{"a":{},"b":[{"c":2,"d":1}]}');
});

test.each([
  [-0, "0"],
  [5e-324, "5e-324"],
  [1.7976931348623157e308, "1.7976931348623157e+308"],
  [9007199254740992, "9007199254740992"],
  [295147905179352830000, "295147905179352830000"],
  [1e21, "1e+21"],
  [1e-7, "1e-7"],
])("the number %d is written as appendix B has it", (value, text) => {
  expect(canonicalJson(value)).toBe(text);
});

test("what differs in nothing but spelling is one text, and everything else is another", () => {
  expect(canonicalJson({ a: 1, b: undefined })).toBe(canonicalJson({ a: 1 }));
  const texts = [
    { a: 1 },
    { a: "1" },
    { a: [1] },
    { a: null },
    { a: {} },
    {},
    [],
    [null],
    "a",
    "",
    null,
    { a: 1, b: null },
  ];
  expect(new Set(texts.map(canonicalJson)).size).toBe(texts.length);
  // Never normalised: two spellings that look alike are two texts.
  expect(canonicalJson("\u00e9")).not.toBe(canonicalJson("e\u0301"));
});
