import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../../src/dev/local/root.ts";

/** The script in an environment without an account, a home or a network: what asks for it meets a proxy that counts. */
async function script(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(String(request.url));
    response.writeHead(502).end();
  }).on("connect", (request, socket) => {
    asked.push(String(request.url));
    socket.destroy();
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  try {
    return await new Promise<{ code: unknown; out: string; err: string; asked: readonly string[] }>((resolve) => {
      const options = {
        cwd: ROOT,
        env: {
          ...{ PATH: process.env.PATH ?? "", HOME: mkdtempSync(join(tmpdir(), "commerce-home-")) },
          ...{ HTTPS_PROXY: address, HTTP_PROXY: address, NODE_USE_ENV_PROXY: "1" },
          ...env,
        },
      };
      execFile(process.execPath, ["src/dev/deploy.ts", ...args], options, (error, out, err) =>
        resolve({ code: error ? error.code : 0, out, err, asked }),
      );
    });
  } finally {
    proxy.close();
  }
}

test("--dry-run builds, names each step with its commands, and needs neither an account nor the network", async () => {
  const { code, out, err, asked } = await script(["--dry-run"]);
  expect(code, err).toBe(0);
  expect(out).toContain('npx wrangler d1 migrations apply commerce --remote --env=""\n');
  expect(out).toContain(
    'npx wrangler deploy --minify --env="" --var BUSINESS_OWNER_USER_ID:user-bumpgrade-owner --var BUSINESS_PARTS:offers,plans,access,files,upsells,affiliates',
  );
  expect(out).toContain('npx wrangler d1 execute commerce --remote --yes --json --env="" --file catalog.sql\n');
  expect(out).toMatch(/\d+\.\d+ KiB gzip/);
  expect(asked).toEqual([]);
});

test("--dry-run --json is one document", async () => {
  const { code, out } = await script(["--dry-run", "--json"]);
  const document = JSON.parse(out) as { ok: boolean; steps: { step: string; state: string }[] };
  expect(code).toBe(0);
  expect(document).toMatchObject({
    ok: true,
    dryRun: true,
    environment: null,
    business: "seeds/reference",
    advice: [],
  });
  expect(document.steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
    "business done",
    "bundle done",
    "ready planned",
    "migrate planned",
    "deploy planned",
    "seed planned",
    "outside planned",
  ]);
});

test("without an account --check says so, with 1, and --json says the same", async () => {
  const [text, json] = [await script(["--check"]), await script(["--check", "--json"])];
  expect([text.code, json.code]).toEqual([1, 1]);
  expect(text.out).toContain("npx wrangler login");
  const { ok, findings } = JSON.parse(json.out) as { ok: boolean; findings: { what: string; state: string }[] };
  expect(ok).toBe(false);
  expect(findings).toContainEqual(expect.objectContaining({ what: "account", state: "missing" }));
  for (const { what } of findings) expect(text.out).toContain(what);
});

test("a business with faults, an unknown environment and two commands at once are refused before anything runs", async () => {
  const folder = mkdtempSync(join(tmpdir(), "commerce-business-"));
  writeFileSync(join(folder, "business.json"), "{}");
  const faulty = await script(["--dry-run"], { BUSINESS_DIR: folder });
  expect(faulty.code).toBe(1);
  expect(faulty.err).toContain("business.json: ownerUserId is missing");
  const unknown = await script(["--check", "--env", "nowhere"]);
  expect({ code: unknown.code, err: unknown.err }).toEqual({
    code: 1,
    err: expect.stringContaining("has no environment nowhere"),
  });
  expect((await script(["--check", "--dry-run"])).code).toBe(2);
});
