import { server } from "@passwordless-id/webauthn";
import { decodeCredentialPublicKey } from "@simplewebauthn/server/helpers";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { canonicalJson } from "../../src/base/canonical-json.ts";
import { checkAssertion } from "../../src/dev/local/check-assertion.ts";
import { type AssertionFile, assertionHash } from "../../src/receipts/assertion.ts";
import { RECEIPT, type Receipt } from "../../src/receipts/receipt.ts";
import { publicKeysOf } from "../../src/signing/public-key.ts";
import { check } from "../../src/signing/signed.ts";
import { type Algorithm, makeKey, type SoftKey, sign } from "../support/authenticator.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { evidence } from "../support/evidence.ts";
import { openBrowser, signUp } from "../support/oauth.ts";
import { sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";
import { type Agent, ask, browserOf, openAgent, pathIn, setMinimum } from "./asking.ts";
import { givePasskey, openApproval, sendTouch, touch } from "./touching.ts";

/** The other library reads no Ed25519. */
const ALGORITHMS = ["ES256", "RS256", "EdDSA"] as const;

describeInWorld("what a passkey signed", { reset: true }, (world) => {
  let agent: Agent;
  let browser: Awaited<ReturnType<typeof browserOf>>;
  beforeAll(async () => {
    agent = await openAgent(world);
    browser = await browserOf(world);
  });
  beforeEach(async () => {
    for (const table of ["approvals", "passkeys"]) await world.all(`DELETE FROM ${table}`);
  });
  let keys = 0;
  const bodyOf = async (answer: Response) => new TextDecoder().decode(await answer.arrayBuffer());

  /** A touched checkout, its signed confirmation, and the second file. */
  async function touched(algorithm: Algorithm = "ES256") {
    const key = await givePasskey(world, BUYER, algorithm);
    const idempotencyKey = `file-${++keys}`;
    const answer = await touch(browser, await ask(world, agent, idempotencyKey), key);
    expect(answer.status, answer.words).toBe(200);
    const { operationId = "" } = await agent.standing(idempotencyKey);
    const signed = await bodyOf(await browser.get(`/account/receipts/${operationId}`));
    const trusted = publicKeysOf(await (await world.fetch("/.well-known/commerce-receipts.json")).json());
    const checked = await check(RECEIPT, signed, trusted);
    if (checked.kind === "unproven") throw new Error(checked.fault);
    const at = `/account/receipts/${operationId}/assertion`;
    const file = JSON.parse(await bodyOf(await browser.get(at))) as AssertionFile;
    return { key, operationId, signed, receipt: checked.said, at, file };
  }

  test("is given to its person alone, and the signed confirmation carries its hash alone", async () => {
    const { at, operationId, signed, receipt, file } = await touched();
    const answer = await browser.get(at);
    expect([answer.status, Object.fromEntries(answer.headers)]).toEqual([
      200,
      expect.objectContaining({
        "content-type": "application/json",
        "cache-control": "private, no-store",
        "content-disposition": `attachment; filename="assertion-${operationId}.json"`,
      }),
    ]);
    await answer.text();
    expect(receipt.confirmation).toMatchObject({ proof: "passkey", assertionSha256: await assertionHash(file) });
    const [, payload = ""] = signed.split(".");
    const inReceipt = Buffer.from(payload, "base64url").toString();
    const secret = [file.assertion.signature, file.assertion.credentialId, file.publicKey.cose, file.challenge.random];
    const [person] = await world.all<{ id: string }>("SELECT id FROM user WHERE email = ?", BUYER.email);
    for (const word of secret) expect(inReceipt).not.toContain(word);
    for (const word of [person?.id ?? "", agent.token.clientId]) expect(JSON.stringify(file)).not.toContain(word);

    const owner = await browserOf(world, OWNER);
    const stranger = openBrowser(world.send, ORIGIN);
    await signUp(stranger, { name: "Sam", email: "sam@files.test", password: "a long enough passphrase" });
    const absent = await (await owner.get("/account/receipts/operation-none/assertion")).text();
    for (const other of [owner, stranger]) {
      const refused = await other.get(at);
      expect([refused.status, await refused.text()]).toEqual([404, absent]);
    }
    expect((await world.fetch(at)).status).toBe(401);
    // Neither a tool, a page of the owner's nor a log line shows any of it.
    const reader = await openAgent(world, { person: OWNER, scopes: ["owner:read", "checkout:write"] });
    const told = [
      await agent.call("get_operation", { operationId }),
      await reader.call("get_operation", { operationId }),
      await (await owner.get(`/owner/operations/${operationId}`)).text(),
      world.log,
    ];
    for (const word of secret) expect(JSON.stringify(told)).not.toContain(word);
    const page = await (await browser.get(`/account/confirmations/${operationId}`)).text();
    expect(page).toContain(`href="${at}"`);
    const data = JSON.parse(await (await browser.get("/account/data")).text()) as {
      confirmations: { operationId: string; assertionFile: string | null }[];
    };
    expect(data.confirmations.find((one) => one.operationId === operationId)?.assertionFile).toBe(at);
  });

  test("a confirmation without one has no second file, and says so nowhere", async () => {
    const { operationId } = await sale(world).then(async ({ checkoutIntentId }) => {
      const [row] = await world.all<{ operation_id: string }>(
        "SELECT operation_id FROM checkout_intents WHERE id = ?",
        checkoutIntentId,
      );
      return { operationId: row?.operation_id ?? "" };
    });
    expect((await browser.get(`/account/receipts/${operationId}/assertion`)).status).toBe(404);
    const page = await browser.get(`/account/confirmations/${operationId}`);
    expect([page.status, await page.text()]).toEqual([200, expect.not.stringContaining("your passkey signed")]);
    expect(await bodyOf(await browser.get(`/account/receipts/${operationId}`))).not.toBe("");
  });

  test.each(ALGORITHMS)("%s: it is checked offline, with our check and by another library", async (algorithm) => {
    const { file, receipt } = await touched(algorithm);
    expect(await checkAssertion(receipt, file)).toBeUndefined();
    if (algorithm !== "EdDSA") expect(await otherLibrary(file)).toBe(true);
  });

  test("the other library refuses what we refuse", async () => {
    const key = await givePasskey(world);
    const path = await ask(world, agent, `file-${++keys}`);
    const page = await openApproval(browser, path);
    const cases = [
      { origin: "https://evil.test", rpId: "app.test" },
      { rpId: "evil.test" },
      { userVerified: false },
      { userPresent: false },
      { type: "webauthn.create" },
      { spoiled: "signature" },
      { spoiled: "authenticatorData" },
      { signer: await makeKey() },
      { counter: 1 },
    ] as const;
    for (const knobs of cases) {
      const answer = await sign(key, page.challenge, knobs);
      expect((await sendTouch(browser, page, JSON.stringify(answer))).status, JSON.stringify(knobs)).toBe(422);
      const { clientDataJSON, authenticatorData, signature } = answer.response;
      const assertion = { credentialId: answer.id, clientDataJSON, authenticatorData, signature };
      const publicKey = { cose: Buffer.from(key.publicKey).toString("base64url"), algorithm: -7 };
      const file = { assertion, publicKey };
      expect(await otherLibrary(file, page.challenge, 1), JSON.stringify(knobs)).toBe(false);
    }
    const elsewhere = await sign(key, Buffer.alloc(32, 7).toString("base64url"));
    expect((await sendTouch(browser, page, JSON.stringify(elsewhere))).status).toBe(422);
  });

  test("each mismatch is named", async () => {
    const { file, receipt, key } = await touched();
    const other = await touched("RS256");
    /** The file of an answer that this key gives, as if the server had stored it, and a receipt that names it. */
    const stored = async (change: Partial<AssertionFile["challenge"]>, knobs: Parameters<typeof sign>[2] = {}) => {
      const challenge = { ...file.challenge, ...change };
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonicalJson(challenge)));
      const answer = await sign(key as SoftKey, Buffer.from(digest).toString("base64url"), knobs);
      const { clientDataJSON, authenticatorData, signature } = answer.response;
      const made = {
        ...file,
        assertion: { credentialId: answer.id, clientDataJSON, authenticatorData, signature },
        challenge,
      };
      return named(made);
    };
    const named = async (made: AssertionFile): Promise<[Receipt, AssertionFile]> => [
      { ...receipt, confirmation: { ...receipt.confirmation, assertionSha256: await assertionHash(made) } },
      made,
    ];
    const { assertionSha256: _, ...typed } = receipt.confirmation;
    const fails: Record<string, readonly [Receipt, unknown]> = {
      file: [receipt, { ...file, more: 1 }],
      proof: [{ ...receipt, confirmation: { ...typed, proof: "approval_page" } }, file],
      hash: [receipt, { ...file, publicKey: other.file.publicKey }],
      operation: await stored({ operationId: "operation-other" }),
      write: await stored({ write: "expire_checkout" }),
      text: await stored({ text: "Create checkout for X at 1.00 USD" }),
      version: await stored({ subjectVersion: "2026-01-01T00:00:00.000Z" }),
      arguments: await stored({ arguments: { ...file.challenge.arguments, more: 1 } }),
      client: await stored({ clientSha256: null }),
      ceremony: await stored({}, { type: "webauthn.create" }),
      challenge: await named({ ...file, challenge: { ...file.challenge, random: "AAAA" } }),
      origin: await stored({}, { origin: "https://evil.test" }),
      frame: await stored({}, { crossOrigin: true }),
      rpId: await stored({}, { rpId: "evil.test" }),
      userPresent: await stored({}, { userPresent: false }),
      userVerified: await stored({}, { userVerified: false }),
      algorithm: await named({ ...file, publicKey: { ...file.publicKey, algorithm: -257 } }),
      signature: await stored({}, { signer: await makeKey() }),
    };
    for (const [name, [said, content]] of Object.entries(fails)) {
      expect([name, (await checkAssertion(said, content))?.check]).toEqual([name, name]);
    }
    expect(await checkAssertion(...(await stored({})))).toBeUndefined();
  });

  test("erasure empties it, and the hash in the signed confirmation stays", async () => {
    // All sign in before: a passkey is asked for at a sign-in too.
    const leaving = await browserOf(world);
    // The owner's own file holds the words of a reason about an order of this person.
    await setMinimum(world, "review_commission_evidence", "passkey");
    const owner = await openAgent(world, { person: OWNER, scopes: ["owner:read", "owner:write"] });
    const ownerBrowser = await browserOf(world, OWNER);
    const { commissionLedgerId, updatedAt } = await evidence(world);
    const { operationId, receipt } = await touched();
    const args = { commissionLedgerId, actionKind: "hold_for_review", expectedUpdatedAt: updatedAt };
    const call = { ...args, reason: "Words about a buyer", idempotencyKey: `file-${++keys}` };
    const path = pathIn(await owner.call("review_commission_evidence", call));
    expect((await touch(ownerBrowser, path, await givePasskey(world, OWNER))).status).toBe(200);
    const reviewed = await owner.standing(call.idempotencyKey);
    const theirs = `/account/receipts/${reviewed.operationId}/assertion`;
    expect(await bodyOf(await ownerBrowser.get(theirs))).toContain("Words about a buyer");

    await world.all("UPDATE checkout_intents SET status = 'expired'");
    const done = await leaving.submit(await leaving.get("/account/delete"), "/account/delete", {});
    expect([done.status, await done.text()]).toEqual([200, expect.stringContaining("Your account is deleted")]);
    const rows = await world.all(
      "SELECT operation_id, assertion_sha256, file_sealed FROM confirmation_assertions WHERE operation_id IN (?, ?) ORDER BY operation_id = ?",
      operationId,
      reviewed.operationId,
      reviewed.operationId,
    );
    expect(rows).toEqual([
      { operation_id: operationId, assertion_sha256: receipt.confirmation.assertionSha256, file_sealed: null },
      { operation_id: reviewed.operationId, assertion_sha256: expect.any(String), file_sealed: null },
    ]);
    expect((await ownerBrowser.get(theirs)).status).toBe(404);
    expect((await ownerBrowser.get(`/account/receipts/${reviewed.operationId}`)).status).toBe(200);
  });
});

/** Whether `@passwordless-id/webauthn` accepts an assertion for this site. */
async function otherLibrary(
  { assertion, publicKey }: Pick<AssertionFile, "assertion" | "publicKey">,
  challenge: string | (() => boolean) = () => true,
  counter = 0,
): Promise<boolean> {
  const { credentialId: id, ...response } = assertion;
  const algorithm = publicKey.algorithm === -7 ? "ES256" : "RS256";
  const credential = { id, publicKey: await spkiOf(publicKey), algorithm, transports: [] } as const;
  const answer = { id, rawId: id, type: "public-key", clientExtensionResults: {}, response } as const;
  const expected = { challenge, origin: ORIGIN, userVerified: true, counter };
  return server
    .verifyAuthentication(
      answer as unknown as Parameters<typeof server.verifyAuthentication>[0],
      credential as unknown as Parameters<typeof server.verifyAuthentication>[1],
      expected,
    )
    .then(
      () => true,
      () => false,
    );
}

/** The public key as browsers give it (`getPublicKey`), which the other library reads. */
async function spkiOf({ cose: text, algorithm }: AssertionFile["publicKey"]): Promise<string> {
  const key = decodeCredentialPublicKey(new Uint8Array(Buffer.from(text, "base64url")));
  const members = key as unknown as ReadonlyMap<number, Uint8Array>;
  const part = (label: number) => Buffer.from(members.get(label) ?? []).toString("base64url");
  const [jwk, params] =
    algorithm === -7
      ? [
          { kty: "EC", crv: "P-256", x: part(-2), y: part(-3) },
          { name: "ECDSA", namedCurve: "P-256" },
        ]
      : [
          { kty: "RSA", n: part(-1), e: part(-2) },
          { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
        ];
  const imported = await crypto.subtle.importKey("jwk", jwk, params, true, ["verify"]);
  return Buffer.from((await crypto.subtle.exportKey("spki", imported)) as ArrayBuffer).toString("base64url");
}
