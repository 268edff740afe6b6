import { expect, test } from "vitest";
import { differenceWords } from "../../src/pages/text-difference.ts";

const EXACT = "Pay 9.00 USD";

test.each([
  ["", "The field was empty."],
  ["pay 9.00 USD", "At its start you typed “pay 9.00 USD”, and the text has “Pay 9.00 USD”."],
  ["Pay 9.00", "After “Pay 9.00” you stopped, and the text goes on with “ USD”."],
  ["Pay 9.00 USD.", "After “Pay 9.00 USD” the text ends, and you went on with “.”."],
  ["Pay 9.00\u00a0USD", "After “Pay 9.00” you typed “[U+00A0]USD”, and the text has “ USD”."],
  ["P\u0430y 9.00 USD", "After “P” you typed “[U+0430]y 9.00 USD”, and the text has “ay 9.00 USD”."],
  ["Pay 9.00 \u202eUSD", "After “Pay 9.00 ” you typed “[U+202E]USD”, and the text has “USD”."],
  ["\u{1f600}", "At its start you typed “[U+1F600]”, and the text has “Pay 9.00 USD”."],
])("%j is told where it differs", (typed, words) => {
  expect(differenceWords(typed, EXACT)).toBe(words);
});
