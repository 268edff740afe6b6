import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { ROOT } from "../../src/dev/local/root.ts";

const { origin } = inject("server");

function token(...args: string[]) {
  const script = join(ROOT, "src", "dev", "token.ts");
  return spawnSync(process.execPath, [script, "--url", origin, ...args], { encoding: "utf8" });
}

test("the token stands alone on the last line, and its endpoint takes it", async () => {
  const made = token("--as", "owner", "--scope", "owner:read checkout:write");
  expect(made.stderr).toContain("owner:read");
  expect(made.status).toBe(0);
  const bearer = made.stdout.trimEnd().split("\n").at(-1) ?? "";
  const answer = await fetch(`${origin}/mcp`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${bearer}`,
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
  });
  expect(answer.status).toBe(200);
});

test.each([
  [["--as", "nobody", "--scope", "checkout:write"], 2, "--as has to be owner or buyer"],
  [["--as", "buyer"], 2, "--scope needs one or more of"],
  [["--as", "buyer", "--scope", "checkout:read"], 2, "There is no scope checkout:read"],
  [["--as", "buyer", "--scope", "owner:read"], 1, "Only the owner can grant owner:read"],
  [["--as", "buyer", "--scope", "checkout:write", "--resource", "web"], 2, "--resource has to be mcp or api"],
  [["--as", "buyer", "--scope", "checkout:write", "--url", "http://localhost:1"], 1, "npm run dev"],
])("%j is refused with %i, in words", (args, code, words) => {
  const refused = token(...args);
  expect(refused.stderr).toContain(words);
  expect([refused.status, refused.stdout]).toEqual([code, ""]);
});
