import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type LogLine, OAUTH_CODES, oauthCode } from "../../src/base/log.ts";
import { LOG_LINES } from "../../src/base/log-lines.ts";
import { PROBLEMS } from "../../src/base/problem.ts";
import { WEBHOOK_STATUSES } from "../../src/db/schema/vocabulary.ts";
import { sourceFiles } from "../support/source-files.ts";

const root = join(import.meta.dirname, "../..");

test("a line whose event or code is not declared does not compile", () => {
  const lines: LogLine[] = [
    { event: "internal", code: "broke_off" },
    // @ts-expect-error: no such code.
    { event: "internal", code: "broke_of" },
    // @ts-expect-error: a code of another event.
    { event: "webhook", code: "broke_off" },
    // @ts-expect-error: no such event.
    { event: "page", code: "succeeded" },
    // @ts-expect-error: a line without a code.
    { event: "write" },
  ];
  expect(lines).toHaveLength(5);
});

test("each declared code is written somewhere", () => {
  const written = sourceFiles(join(root, "src"), /\.tsx?$/)
    .filter((name) => !name.startsWith("dev/") && !name.startsWith("base/log"))
    .map((name) => readFileSync(join(root, "src", name), "utf8"))
    .join("\n");
  const elsewhere = new Set<string>([...Object.keys(PROBLEMS), ...OAUTH_CODES, ...WEBHOOK_STATUSES]);
  const codes = Object.values(LOG_LINES).flatMap((ofEvent) => Object.keys(ofEvent));
  expect(codes.length).toBeGreaterThan(50);
  expect(codes.filter((code) => !elsewhere.has(code) && !written.includes(`"${code}"`))).toEqual([]);
});

test("a code of OAuth that is not in the list is logged as other", () => {
  expect(oauthCode("invalid_grant")).toBe("invalid_grant");
  expect(oauthCode("a_code\nof a later version")).toBe("other");
});
