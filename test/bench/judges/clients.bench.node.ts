import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runRows } from "../../../src/dev/clients/run.ts";
import type { Run } from "../../../src/dev/clients/steps.ts";
import { ROOT } from "../../../src/dev/local/root.ts";
import { tell } from "../../support/tell.ts";

/** The script as a person runs it. It keeps its result, from which CLIENTS.md is made. */
async function testClients(): Promise<{ code: number; run: Run }> {
  const script = join(ROOT, "src/dev/test-clients.ts");
  const child = spawn(process.execPath, [script, "--keep", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  let stdout = "";
  child.stdout.on("data", (data) => (stdout += data));
  const code = await new Promise<number>((resolve, reject) =>
    child.on("error", reject).on("close", (ended) => resolve(ended ?? 1)),
  );
  return { code, run: JSON.parse(stdout) as Run };
}

test("each client takes every step that it can", async ({ task }) => {
  const { code, run } = await testClients();
  const cells = run.clients.flatMap((client) => Object.values(client.cells));
  const count = (outcome: string) => cells.filter((cell) => cell.outcome === outcome).length;
  expect(count("no")).toBe(0);
  expect(code).toBe(0);
  const { head, rows } = runRows(run);
  tell(task, "J3", {
    counts: { clients: run.clients.length, "steps taken": count("yes"), "steps that failed": count("no") },
    tables: { "Clients, step by step": { columns: head, rows } },
  });
});
