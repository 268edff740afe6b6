import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PORTS, USUAL_URL } from "../../../src/dev/local/ports.ts";

/** Where agents listen for the end of their own sign-in, or for their own pages. */
const OF_CLIENTS = {
  1455: "Codex",
  1457: "Codex",
  3118: "Claude Code, for Slack",
  3334: "mcp-remote",
  6274: "MCP Inspector",
  6277: "MCP Inspector",
  7777: "Gemini CLI",
  8000: "mcpc",
  8787: "Cursor, and wrangler's default",
  19876: "opencode",
  33418: "VS Code",
  54545: "Claude Code, early",
};

test("no port of development is one on which an agent waits for its sign-in", () => {
  for (const port of Object.values(PORTS)) expect(Object.keys(OF_CLIENTS)).not.toContain(String(port));
});

test("the papers and the stand-in's own settings name the ports of the scripts", () => {
  for (const [path, ports] of [
    ["README.md", [PORTS.server, PORTS.sandbox, PORTS.inbox]],
    ["src/dev/stripe-sandbox/README.md", [PORTS.server, PORTS.sandbox]],
    ["src/dev/stripe-sandbox/wrangler.toml", [PORTS.server, PORTS.sandbox]],
  ] as const) {
    const named = new Set([...readFileSync(path, "utf8").matchAll(/localhost:(\d+)/g)].map(([, port]) => Number(port)));
    expect([path, [...named].toSorted()]).toEqual([path, [...ports]]);
  }
  expect(readFileSync("src/dev/stripe-sandbox/wrangler.toml", "utf8")).toContain(`\nport = ${PORTS.sandbox}\n`);
  expect(USUAL_URL).toBe(`http://localhost:${PORTS.server}`);
});
