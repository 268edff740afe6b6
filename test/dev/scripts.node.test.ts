import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../src/dev/local/root.ts";

const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
/** Every script of ours that npm runs, once a file. */
const files = [...new Set(Object.values(scripts).flatMap((line) => line.match(/src\/dev\/[\w-]+\.ts/g) ?? []))];

function run(file: string, option: string): Promise<{ code: unknown; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [file, option], { cwd: ROOT }, (error, out, err) =>
      resolve({ code: error ? error.code : 0, out, err }),
    );
  });
}

test.each(files)("%s says how it is called, and refuses what it does not take", async (file) => {
  const [help, unknown] = await Promise.all([run(file, "--help"), run(file, "--no-such-option")]);
  expect(help).toMatchObject({ code: 0, out: expect.stringContaining("npm run "), err: "" });
  expect(unknown).toMatchObject({ code: 2, out: "" });
  expect(unknown.err).toContain("--no-such-option");
  expect(unknown.err).toContain(help.out.trim());
  expect(unknown.err).not.toMatch(/^\s+at /m);
});
