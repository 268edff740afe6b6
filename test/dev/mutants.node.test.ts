import { expect, test } from "vitest";
import { marked } from "../../src/dev/local/mutation/marks.ts";
import { mutantsOf, mutated } from "../../src/dev/local/mutation/mutants.ts";
import { regexMutants } from "../../src/dev/local/mutation/regex-mutants.ts";

const SOURCE = `import { log } from "./log.ts";
export type Kind = "one" | "two";
export function check(amount: number, most = 9): string {
  if (amount < 0 || !Number.isInteger(amount)) throw new RangeError("no amount");
  log({ event: "checked", amount });
  return amount > most ? "much" : "little";
}
`;

/** What each mutant of a source makes of it, as the line that changed. */
function changes(text: string): string[] {
  const before = text.split("\n");
  return mutantsOf("x.ts", text).flatMap((mutant) =>
    mutated(text, mutant)
      .split("\n")
      .filter((line, at) => line !== before[at])
      .map((line) => line.trim()),
  );
}

test("a source gets the mistakes that a person could make, each once, and none in types, imports and words of errors", () => {
  expect(changes(SOURCE)).toEqual([
    "export function check(amount: number, most): string {",
    "export function check(amount: number, most = 10): string {",
    'if (true) throw new RangeError("no amount");',
    'if (false) throw new RangeError("no amount");',
    'if ((amount < 0 && !Number.isInteger(amount))) throw new RangeError("no amount");',
    'if ((amount <= 0) || !Number.isInteger(amount)) throw new RangeError("no amount");',
    'if (amount < 1 || !Number.isInteger(amount)) throw new RangeError("no amount");',
    'if (amount < 0 || (Number.isInteger(amount))) throw new RangeError("no amount");',
    "if (amount < 0 || !Number.isInteger(amount)) ;",
    ";",
    "log({ amount });",
    'log({ event: "checked" });',
    'log({ event: "", amount });',
    "return undefined;",
    'return true ? "much" : "little";',
    'return false ? "much" : "little";',
    'return (amount >= most) ? "much" : "little";',
    'return amount > most ? "" : "little";',
    'return amount > most ? "much" : "";',
  ]);
});

test("commit lists, defaults, calls and bodies of arrows lose their parts", () => {
  expect(changes("export const all = [first(), guard(), last()];")).toEqual([
    "export const all = [guard(), last()];",
    "export const all = [first(), last()];",
    "export const all = [first(), guard()];",
  ]);
  expect(changes("export const name = given ?? other;")).toEqual([
    "export const name = (given);",
    "export const name = (other);",
  ]);
  expect(changes("export const has = (a: A) => a.list.filter(f).some(g);")).toEqual([
    "export const has = (a: A) => undefined;",
    "export const has = (a: A) => true;",
    "export const has = (a: A) => a.list.filter(f).every(g);",
    "export const has = (a: A) => a.list.some(g);",
  ]);
});

test("a regular expression loses anchors, alternatives and look-arounds, and its bounds move by one", () => {
  expect(regexMutants("/^(?:a|b){2,}$/i").sort()).toEqual(
    [
      "/(?:a|b){2,}$/i",
      "/^(?:b){2,}$/i",
      "/^(?:a){2,}$/i",
      "/^(?:a|b){3,}$/i",
      "/^(?:a|b){2,}/i",
      "/^(?:a|b){2,}$/",
    ].sort(),
  );
  expect(regexMutants("/(?<![a-z])\\|[^|]+/")).toEqual([
    "/\\|[^|]+/",
    "/(?<![^a-z])\\|[^|]+/",
    "/(?<![a-z])\\|[|]+/",
    "/(?<![a-z])\\|[^|]*/",
  ]);
});

test("marks leave a source what it was, and know the innermost part of a place", () => {
  const text =
    "export const twice = (n: number) => n * 2;\nexport function odd(n: number) {\n  if (n > 1) {\n    return n % 2;\n  }\n  return n;\n}\n";
  const { text: noted, partAt } = marked("m.ts", text);
  expect(noted.split("\n")).toHaveLength(text.split("\n").length);
  const names = ["export", "n * 2", "if (", "n % 2", "return n;"].map((part) => partAt(text.indexOf(part)));
  expect(new Set(names).size).toBe(4);
  expect(names[2]).toBe(names[4]);
});
