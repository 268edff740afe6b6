import { expect, test } from "vitest";
import { waitText } from "../../src/base/wait-text.ts";

test.each([
  [1, "1 second"],
  [119, "119 seconds"],
  [120, "2 minutes"],
  [121, "3 minutes"],
  [7200, "2 hours"],
  [7201, "3 hours"],
  [86_400, "24 hours"],
])("a wait of %i s reads %s", (seconds, text) => {
  expect(waitText(seconds)).toBe(text);
});
