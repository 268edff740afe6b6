import { expect, test } from "vitest";
import { inTemporaryFolder } from "../../../src/dev/local/in-temporary-folder.ts";
import { tell } from "../../support/tell.ts";
import { openJudge, startJudged, type Verdict } from "./judge.ts";

const INSPECTOR = {
  id: "inspector-judge",
  package: "@modelcontextprotocol/inspector",
  version: "2.12.0",
  command: "@modelcontextprotocol/inspector/clients/launcher/build/index.js",
};
const ERAS = ["legacy", "modern"];
/** Calls within the bound of a minute, and calls beyond it. */
const WITHIN = 40;
const BEYOND = 400;

/** What `--load` says. */
interface Load {
  readonly requests: number;
  readonly ok: number;
  readonly toolErrors: number;
  readonly errors: number;
  readonly errorMessages: readonly { readonly message: string; readonly count: number }[];
}

test("inspector finds no fault in the tools, and each call of its load is answered", async ({ task }) => {
  const judge = await openJudge(INSPECTOR);
  const server = await startJudged();
  const rows: (string | number)[][] = [];
  try {
    await inTemporaryFolder(async (home) => {
      const asked = (endpoint: string, era: string, args: readonly string[]): Promise<Verdict> =>
        judge.run(
          [
            ...["--cli", "--server-url", `${server.publicUrl}${endpoint}`, "--transport", "http", "--format", "json"],
            ...["--protocol-era", era],
            ...(endpoint === "/mcp" ? ["--header", `Authorization: Bearer ${server.accessToken}`] : []),
            ...args,
          ],
          { HOME: home, MCP_AUTO_OPEN_ENABLED: "false", MCP_INSPECTOR_SECRET_STORE: "file" },
        );
      const loaded = async (endpoint: string, era: string, calls: number): Promise<Load> => {
        const { stdout } = await asked(endpoint, era, [
          ...[
            "--method",
            "tools/call",
            "--tool-name",
            "read_commerce",
            "--tool-args-json",
            '{"uri":"commerce://offers"}',
          ],
          ...["--load", "--load-concurrency", "8", "--load-requests", String(calls)],
        ]);
        const { result } = JSON.parse(stdout) as { result: Load };
        console.log(`${endpoint}, ${era}: ${result.ok} of ${result.requests} calls answered`);
        return result;
      };
      for (const endpoint of ["/mcp/public", "/mcp"]) {
        for (const era of ERAS) {
          const strict = await asked(endpoint, era, ["--method", "tools/list", "--strict"]);
          expect([endpoint, era, strict.code], strict.stderr).toEqual([endpoint, era, 0]);
          const { tools } = (JSON.parse(strict.stdout) as { result: { tools: unknown[] } }).result;
          expect(tools.length).toBeGreaterThan(0);
          const { requests, ok, toolErrors } = await loaded(endpoint, era, WITHIN);
          expect([endpoint, era, requests, ok, toolErrors]).toEqual([endpoint, era, WITHIN, WITHIN, 0]);
          rows.push([`${endpoint}, ${era}`, tools.length, strict.code, requests, ok]);
        }
      }
      // Beyond the bound of a minute each call is answered, by success or by the declared refusal.
      const beyond = await loaded("/mcp/public", "legacy", BEYOND);
      expect(beyond.ok + beyond.errors).toBe(BEYOND);
      expect(beyond.errors).toBeGreaterThan(0);
      expect(beyond.errorMessages.filter(({ message }) => !/429.*rate_limited/s.test(message))).toEqual([]);
      rows.push(["/mcp/public, beyond the bound of a minute", "", "", beyond.requests, beyond.ok]);
    });
  } finally {
    await server.stop();
  }
  tell(task, "J2", {
    counts: { "calls under load": rows.reduce((sum, row) => sum + Number(row[3]), 0) },
    values: { judge: `${INSPECTOR.package} ${judge.version}` },
    tables: {
      "Inspector, by endpoint and era": {
        columns: ["judged", "tools", "exit code of --strict", "calls of --load", "answered with success"],
        rows,
      },
    },
  });
});
