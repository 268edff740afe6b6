import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { canonicalJson } from "../../src/base/canonical-json.ts";
import { sha256 } from "../../src/base/digest.ts";
import { openSecrets } from "../../src/base/secrets.ts";
import { ROOT } from "../../src/dev/local/root.ts";
import { RECEIPT, type Receipt } from "../../src/receipts/receipt.ts";
import { signCompact } from "../../src/signing/jws.ts";
import { openSigningKeys } from "../../src/signing/keys.ts";

const folder = mkdtempSync(join(tmpdir(), "receipt-"));
const at = (name: string) => join(folder, name);
const keys = openSigningKeys(openSecrets(["a secret that signs receipts of this test"]));
const result = { checkoutIntentId: "checkout-intent-1", amountCents: 900 };

const run = (...args: string[]) =>
  new Promise<{ code: number; out: string }>((resolve) => {
    const script = join(ROOT, "src", "dev", "receipt-verify.ts");
    execFile(process.execPath, [script, ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out: stdout + stderr });
    });
  });

beforeAll(async () => {
  const receipt: Receipt = {
    iss: "https://shop.example",
    iat: 1_800_000_000,
    operationId: "operation-1",
    write: "start_checkout",
    actorKind: "oauth_client",
    actorHash: "a".repeat(64),
    clientHash: "c".repeat(64),
    argumentsSha256: "b".repeat(64),
    subject: { id: "sandbox-launch-pass", version: "2026-05-22T00:00:00.000Z" },
    confirmation: { text: "Create checkout for launch pass at 9.00 USD", proof: "approval_page" },
    resultSha256: await sha256(canonicalJson(result)),
    startedAt: "2027-01-15T08:00:00.000Z",
    finishedAt: "2027-01-15T08:00:00.250Z",
  };
  const header = { alg: "EdDSA", typ: RECEIPT.type, kid: await keys.kid() };
  const text = await signCompact(header, receipt, keys.sign);
  writeFileSync(at("receipt.jws"), `${text}\n`);
  writeFileSync(
    at("changed.jws"),
    text.replace(/\.(.)/, (_, first: string) => `.${first === "e" ? "f" : "e"}`),
  );
  writeFileSync(at("keys.json"), JSON.stringify(await keys.published()));
  writeFileSync(at("other.json"), JSON.stringify(await openSigningKeys(openSecrets(["another secret"])).published()));
  writeFileSync(at("answer.json"), JSON.stringify({ operationId: "operation-1", result }));
  const challenge = {
    operationId: receipt.operationId,
    approvalId: "approval-1",
    random: "AAAA",
    actorSha256: "a".repeat(64),
    clientSha256: "c".repeat(64),
    write: receipt.write,
    arguments: {},
    subjectVersion: receipt.subject.version,
    text: receipt.confirmation.text,
  };
  const assertion = { credentialId: "AA", clientDataJSON: "AA", authenticatorData: "AA", signature: "AA" };
  const file = { type: "commerce-assertion", assertion, publicKey: { cose: "AA", algorithm: -7 }, challenge };
  writeFileSync(at("assertion.json"), JSON.stringify(file));
  const touched = {
    ...receipt,
    confirmation: { ...receipt.confirmation, proof: "passkey", assertionSha256: "d".repeat(64) },
  };
  writeFileSync(at("touched.jws"), await signCompact(header, touched, keys.sign));
  writeFileSync(at("wrong.json"), JSON.stringify({ ...result, amountCents: 1 }));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("a good receipt is told in words, against a file and against an address", async () => {
  const { code, out } = await run(at("receipt.jws"), "--jwks", at("keys.json"), "--result", at("answer.json"));
  expect(code, out).toBe(0);
  for (const words of [
    "VALID. Signed by https://shop.example",
    "start_checkout on sandbox-launch-pass",
    "Create checkout for launch pass at 9.00 USD",
    "showed the exact text",
    "2027-01-15T08:00:00.000Z",
    "operation-1",
    "The result in the file is that of the receipt.",
  ]) {
    expect(out).toContain(words);
  }
  const published = JSON.stringify(await keys.published());
  const server = createServer((_, answer) => answer.end(published)).listen(0);
  const { port } = server.address() as { port: number };
  expect((await run(at("receipt.jws"), "--jwks", `http://localhost:${port}/keys`)).code).toBe(0);
  server.close();
});

test("for a program it prints JSON, with the check that failed by its name", async () => {
  const json = async (...more: string[]) => {
    const { code, out } = await run(...more, "--jwks", at("keys.json"), "--json");
    return { code, ...(JSON.parse(out) as object) };
  };
  expect(await json(at("receipt.jws"), "--result", at("answer.json"))).toMatchObject({
    code: 0,
    valid: true,
    receipt: { operationId: "operation-1" },
    checked: { assertion: false, result: true },
  });
  const fails = [
    [["changed.jws"], "receipt"],
    [["receipt.jws", "--result", "wrong.json"], "result"],
    [["receipt.jws", "--assertion", "answer.json"], "assertion.file"],
    [["receipt.jws", "--assertion", "assertion.json"], "assertion.proof"],
    [["touched.jws", "--assertion", "assertion.json"], "assertion.hash"],
  ] as const;
  for (const [args, failed] of fails) {
    const answer = await json(...args.map((arg) => (arg.startsWith("--") ? arg : at(arg))));
    expect(answer).toMatchObject({ code: 1, valid: false, failed });
  }
});

test("a touch whose file is not given is told as not checked", async () => {
  const { code, out } = await run(at("touched.jws"), "--jwks", at("keys.json"));
  expect([code, out]).toEqual([0, expect.stringContaining("Passkey    not checked here")]);
});

test.each([
  [
    "another assertion",
    ["touched.jws", "--jwks", "keys.json", "--assertion", "assertion.json"],
    "not the one that the receipt names",
  ],
  ["a changed receipt", ["changed.jws", "--jwks", "keys.json"], "NOT VALID"],
  ["another server's keys", ["receipt.jws", "--jwks", "other.json"], "NOT VALID. It was signed with a key"],
  ["another result", ["receipt.jws", "--jwks", "keys.json", "--result", "wrong.json"], "the result in"],
  ["a file that is no receipt", ["keys.json", "--jwks", "keys.json"], "NOT VALID. This is no receipt"],
  ["keys that are none", ["receipt.jws", "--jwks", "receipt.jws"], "holds no JSON"],
  ["a set without keys", ["receipt.jws", "--jwks", "wrong.json"], "holds no key set"],
  ["a folder", [".", "--jwks", "keys.json"], "is no file that can be read"],
  ["a file that is not there", ["nothing.jws", "--jwks", "keys.json"], "There is no file"],
  ["no keys to check against", ["receipt.jws"], "--jwks FILE|URL"],
  ["an option that is none", ["receipt.jws", "--key", "x"], "Unknown option"],
])("%s fails, and says so", async (_, args, words) => {
  const { code, out } = await run(...args.map((arg) => (/\.(jws|json)$/.test(arg) ? at(arg) : arg)));
  expect(out).toContain(words);
  // A call that does not fit says nothing of what it was to check.
  expect(code).toBe(/no file|Unknown|--jwks/.test(words) ? 2 : 1);
});
