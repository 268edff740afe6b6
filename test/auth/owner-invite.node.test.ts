import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../src/dev/local/root.ts";
import { businessFromFolder } from "../../src/dev/seeds/folder.ts";

const run = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [join(ROOT, "src", "dev", "owner-invite.ts"), ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });

test("a deployment's invitation: SQL that holds the hash for the file, the link for the person alone", async () => {
  const { code, stdout, stderr } = await run("--url", "https://shop.example");
  expect(code, stderr).toBe(0);
  const [, token = ""] = /https:\/\/shop\.example\/owner-setup\/([0-9a-f]{48})\n/.exec(stderr) ?? [];
  expect(stdout).not.toContain(token);
  expect(stdout).toContain(`'owner-setup:${createHash("sha256").update(token).digest("hex")}'`);
  expect(stdout).toContain(`'${businessFromFolder().files.business.ownerUserId}'`);
  expect(stdout).toMatch(/^INSERT INTO verification .*;\n$/);
  expect((await run("--url", "https://shop.example", "--owner", "user-x")).stdout).toContain("'user-x'");
});

test.each([
  ["no address", []],
  ["an address with a path", ["--url", "https://shop.example/"]],
  ["an unknown option", ["--remote"]],
])("%s is refused in words", async (_, args) => {
  const { code, stdout, stderr } = await run(...args);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("npm run owner:invite");
});
