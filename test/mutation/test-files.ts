import { globSync } from "node:fs";
import { ROOT } from "../../src/dev/local/root.ts";

/** `a{b,c}d` as `abd` and `acd`: their order is the order in which tests run. */
export function spelledOut(pattern: string): string[] {
  const [, before = "", words, after = ""] = /^(.*?)\{([^}]*)\}(.*)$/.exec(pattern) ?? [];
  return words === undefined ? [pattern] : words.split(",").flatMap((word) => spelledOut(`${before}${word}${after}`));
}

/** The test files of some patterns that run in the Workers runtime, in the order of the patterns. */
export function testFiles(patterns: readonly string[]): readonly string[] {
  const found = patterns.flatMap(spelledOut).flatMap((pattern) => globSync(pattern, { cwd: ROOT }).sort());
  return [...new Set(found)].filter((file) => !file.endsWith(".node.test.ts"));
}
