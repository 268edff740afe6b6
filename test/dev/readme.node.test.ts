import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Stripe from "stripe";
import { expect, test } from "vitest";
import { idempotencyKey } from "../../src/base/fields.ts";
import { PROBLEMS } from "../../src/base/problem.ts";
import { PORTS } from "../../src/dev/local/ports.ts";
import { ROOT } from "../../src/dev/local/root.ts";
import { PROTOCOL } from "../support/mcp.ts";

const readme = readFileSync(join(ROOT, "README.md"), "utf8");
/** What is written by hand: `npm run generate -- --check` holds the tables. */
const byHand = readme.replaceAll(/<!-- generated: \w+ -->[\s\S]*?<!-- end -->/g, "");

/** Names that have a digit in them, and count nothing. */
const NAMES =
  /\b(?:D1|R2|OAuth 2\.1|RFC 9457|OpenAPI 3\.1|(?:of|early) 2025|localhost:\d+)\b|"jsonrpc":"2\.0","id":1|^\d\. /gm;

/** Every figure of the README, from the code that it tells of; `describeConfirmedWrite` holds 201 and 200, `faults.test.ts` the pages. */
const FIGURES: readonly string[] = [
  `Ports ${PORTS.server} to ${PORTS.inbox}`,
  `MCP ${PROTOCOL}`,
  `of ${PROTOCOL} gets a 403 challenge`,
  "1 to 255 visible ASCII characters",
  `answered ${PROBLEMS.rate_limited.status} with \`Retry-After\``,
  "A first answer is 201, a replay 200",
  `API version \`${Stripe.API_VERSION}\``,
  "200 once the business is seeded",
];

test("every figure that is written by hand is one that the code has", () => {
  const rest = FIGURES.reduce(
    (text, figure) => {
      expect(text, figure).toContain(figure);
      return text.replace(figure, "");
    },
    byHand.replaceAll(NAMES, ""),
  );
  expect(rest.split("\n").filter((line) => /\d/.test(line))).toEqual([]);
});

test("a key has at most as many characters as it says", () => {
  expect(idempotencyKey.safeParse("k".repeat(255)).success).toBe(true);
  expect(idempotencyKey.safeParse("k".repeat(256)).success).toBe(false);
});

test("each script that it names is there", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
  const named = [...byHand.matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, name = ""]) => name);
  expect(new Set(named).size).toBeGreaterThan(5);
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
});

test("it has at most 300 lines, and each file that it links to is there", () => {
  expect(readme.trimEnd().split("\n").length).toBeLessThanOrEqual(300);
  const files = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path = ""]) => path);
  expect(files.length).toBeGreaterThan(8);
  expect(files.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
