import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { devPeople } from "../../src/dev/local/dev-people.ts";
import { ROOT } from "../../src/dev/local/root.ts";
import { obtainToken, overSocket } from "../support/oauth.ts";

const { origin } = inject("server");

test("a receipt of the running bundle is checked by another program, with the keys that the bundle publishes", async () => {
  const { accessToken } = await obtainToken({
    fetch: overSocket,
    origin,
    as: devPeople().buyer,
    resource: `${origin}/api`,
    scopes: ["checkout:write"],
  });
  const headers = { Authorization: `Bearer ${accessToken}`, "Content-Type": "application/json" };
  const { sandboxCheckout } = (await (await fetch(`${origin}/commerce/source-data`)).json()) as {
    sandboxCheckout: { confirmation: { text: string }; offer: { id: string } };
  };
  const read = await fetch(`${origin}/mcp/public`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json, text/event-stream" },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "read_commerce", arguments: { uri: `commerce://offers/${sandboxCheckout.offer.id}` } },
    }),
  });
  const [, expectedUpdatedAt] = /updatedAt\\*":\\*"([^"\\]+)/.exec(await read.text()) ?? [];
  const made = await fetch(`${origin}/api/commerce/checkout`, {
    method: "POST",
    headers: { ...headers, "Idempotency-Key": `receipt-${crypto.randomUUID()}` },
    body: JSON.stringify({
      offerId: sandboxCheckout.offer.id,
      confirmationText: sandboxCheckout.confirmation.text,
      expectedUpdatedAt,
    }),
  });
  const answer = await made.text();
  expect(made.status, answer).toBe(201);
  const { operationId } = JSON.parse(answer) as { operationId: string };
  const receipt = await fetch(`${origin}/api/operations/${operationId}/receipt`, { headers });
  const folder = mkdtempSync(join(tmpdir(), "receipt-"));
  try {
    const [file, kept] = [join(folder, "receipt.jws"), join(folder, "answer.json")];
    writeFileSync(file, await receipt.text());
    writeFileSync(kept, answer);
    const jwks = `${origin}/.well-known/commerce-receipts.json`;
    const script = join(ROOT, "src", "dev", "receipt-verify.ts");
    const told = spawnSync(process.execPath, [script, file, "--jwks", jwks, "--result", kept], { encoding: "utf8" });
    expect(told.status, told.stderr).toBe(0);
    expect(told.stdout).toContain(operationId);
    expect(told.stdout).toContain(sandboxCheckout.confirmation.text);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
