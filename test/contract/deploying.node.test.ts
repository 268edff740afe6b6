import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { HANDLED_EVENT_TYPES } from "../../src/db/schema/vocabulary.ts";
import { SERVER_SECRETS } from "../../src/dev/deploy/config-check.ts";
import { ROOT } from "../../src/dev/local/root.ts";

const page = readFileSync(join(ROOT, "DEPLOYING.md"), "utf8");
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };

/** The commands of the page, without the comment behind them. */
const commands = Array.from(page.matchAll(/^(?:.*\| )?(npx wrangler .*|npm run .*)$/gm), ([, line]) =>
  (line ?? "").replace(/ +# .*| > .*/, ""),
);

test("DEPLOYING.md names scripts, files, secrets and events that there are", () => {
  expect(commands.length).toBeGreaterThan(15);
  const named = Array.from(page.matchAll(/npm run (?:-s )?([\w:]+)/g), ([, name]) => name ?? "");
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
  const paths = Array.from(page.matchAll(/(?:test|src|migrations)\/[\w./-]*\w/g), ([path]) => path);
  expect(paths.length).toBeGreaterThan(2);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  expect(SERVER_SECRETS.filter((name) => !page.includes(name))).toEqual([]);
  expect(HANDLED_EVENT_TYPES.filter((type) => !page.includes(`enabled_events[]=${type}"`))).toEqual([]);
});

test("wrangler knows each command of the page, and each of its options", async () => {
  const wrangler = commands.filter((line) => line.startsWith("npx wrangler "));
  const helps = new Map<string, string>();
  for (const line of wrangler) {
    const words = line.split(" ").slice(2);
    const options = words.flatMap((word) => (word.startsWith("--") ? [word.split("=")[0] ?? ""] : []));
    // Subcommands are plain words in lower case; names of this project follow them.
    const names = words.filter((word) => !word.startsWith("-"));
    const sub = names.filter((word) =>
      /^(d1|kv|r2|secret|bucket|namespace|create|put|execute|login|list|deployments|rollback)$/.test(word),
    );
    const key = sub.join(" ");
    if (!helps.has(key)) helps.set(key, await help(sub));
    const text = helps.get(key) ?? "";
    expect(text, line).toContain(`wrangler ${key}`);
    expect(text, line).not.toContain("COMMANDS\n");
    for (const option of options) expect(text, line).toContain(`${option} `);
  }
  expect(helps.size).toBeGreaterThanOrEqual(8);
});

function help(words: readonly string[]): Promise<string> {
  const script = join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [script, ...words, "--help"],
      { cwd: ROOT, env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", WRANGLER_SEND_METRICS: "false" } },
      (_, out, err) => resolve(`${out}${err}`),
    );
  });
}
