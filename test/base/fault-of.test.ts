import { expect, test, vi } from "vitest";
import { consoleLog, faultOf, OAUTH_CODES, oauthCode } from "../../src/base/log.ts";

test("a fault in the log is the error's class and the place where it was thrown, and nothing of its message", () => {
  const error = new TypeError("mia@example.com\nmet him at night\n  and wrote at home");
  error.stack = `TypeError: ${error.message}\n    at read (src/a.ts:1:2)\n    at call (src/b.ts:3:4)`;
  // A line of the message that begins like a frame can't be told from one; any other line of it is passed over.
  expect(faultOf(error)).toBe("TypeError at read (src/a.ts:1:2)");
  error.stack = "TypeError: met at night";
  expect(faultOf(error)).toBe("TypeError");
  const bare = new RangeError("x");
  Object.defineProperty(bare, "stack", { value: undefined });
  expect(faultOf(bare)).toBe("RangeError");
});

test("what is thrown and is no error is logged by its type alone", () => {
  expect(faultOf("mia@example.com")).toBe("string");
  expect(faultOf(undefined)).toBe("undefined");
  expect(faultOf({ message: "mia" })).toBe("object");
});

test("a code of OAuth is logged as it is, and one of a later version as another", () => {
  for (const code of OAUTH_CODES) expect(oauthCode(code)).toBe(code);
  expect(oauthCode("a_later_one")).toBe("other");
});

test("a line of the log is one line of JSON on the console", () => {
  const written = vi.spyOn(console, "log").mockImplementation(() => undefined);
  try {
    const line = { event: "write", name: "start_checkout\nand more", code: "succeeded" } as const;
    consoleLog(line);
    const [[text] = []] = written.mock.calls;
    expect(text).not.toContain("\n");
    expect(JSON.parse(text)).toEqual(line);
  } finally {
    written.mockRestore();
  }
});
