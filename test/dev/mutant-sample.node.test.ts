import { globSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { strykerPlugins } from "../../src/dev/local/mutant-sample.ts";
import { ROOT } from "../../src/dev/local/root.ts";

const mutants = Array.from({ length: 1_000 }, (_, n) => ({
  id: String(n),
  fileName: join(ROOT, "src/base/money.ts"),
  location: { start: { line: n, column: 4 }, end: { line: n, column: 6 } },
  mutatorName: "StringLiteral",
  replacement: '""',
}));

afterEach(() => vi.unstubAllEnvs());

function checker(share: string, seed = "1") {
  vi.stubEnv("MUTATE_SHARE", share);
  vi.stubEnv("TEST_SEED", seed);
  const [plugin] = strykerPlugins;
  if (!plugin) throw new Error("no plugin");
  return plugin.factory();
}

/** The ids of the mutants that are tested. */
async function drawn(share: string, seed?: string): Promise<string[]> {
  const results = Object.entries(await checker(share, seed).check(mutants));
  expect(results).toHaveLength(mutants.length);
  return results.filter(([, { status }]) => status === "passed").map(([id]) => id);
}

test("a seed draws its share of the mutants, each time the same ones", async () => {
  const tenth = await drawn("0.1");
  expect(tenth.length).toBeGreaterThan(70);
  expect(tenth.length).toBeLessThan(130);
  expect(await drawn("0.1")).toEqual(tenth);
  expect(await drawn("0.1", "2")).not.toEqual(tenth);
  expect(await drawn("0.2")).toEqual(expect.arrayContaining(tenth));
  expect(await drawn("1")).toHaveLength(mutants.length);
});

test.each(["0", "-1", "1.5", "half"])("a share of %s is refused", async (share) => {
  await expect(checker(share).init()).rejects.toThrow("MUTATE_SHARE");
});

test("each pattern of Stryker's configuration finds files", async () => {
  const { default: config } = (await import(join(ROOT, "stryker.config.mjs"))) as { default: { mutate: string[] } };
  expect(config.mutate.length).toBeGreaterThan(5);
  expect(config.mutate.filter((pattern) => globSync(pattern, { cwd: ROOT }).length === 0)).toEqual([]);
});
