import { expect, test } from "vitest";
import operating from "../../OPERATING.md?raw";
import { LOG_LINES, type LogMeaning } from "../../src/base/log-lines.ts";

const rows = operating
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) => line.split("|").map((cell) => cell.trim()));

/** What OPERATING.md says of a line of the log. */
function written(event: string, code: string) {
  const row = rows.find((cells) => cells[1] === `\`${event}\`` && cells[2]?.includes(`\`${code}\``));
  const [, , , name, means, act] = row ?? [];
  return { event, code, name, means, act };
}

test("the operator finds each line of the log in OPERATING.md, with what it means and what to do", () => {
  const lines = Object.entries(LOG_LINES).flatMap(([event, codes]) =>
    Object.entries<LogMeaning>(codes).map(([code, { name, means, act }]) => ({ event, code, name, means, act })),
  );
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.map(({ event, code }) => written(event, code))).toEqual(lines);
  for (const line of lines) expect(Object.values(line)).not.toContain("");
});
