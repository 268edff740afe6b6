import { beforeAll, describe, expect, test } from "vitest";
import { base64url, decodeBase64url } from "../../src/base/base64url.ts";
import { canonicalJson } from "../../src/base/canonical-json.ts";
import { sha256 } from "../../src/base/digest.ts";
import { openSecrets } from "../../src/base/secrets.ts";
import { RECEIPT } from "../../src/receipts/receipt.ts";
import { openCompact, signCompact } from "../../src/signing/jws.ts";
import { openSigningKeys } from "../../src/signing/keys.ts";
import { type PublicKey, publicKeysOf } from "../../src/signing/public-key.ts";
import { check } from "../../src/signing/signed.ts";
import { reviewCommissionEvidence } from "../../tools/review-commission-evidence.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { evidence } from "../support/evidence.ts";
import { checkoutDoors, launchPassCall } from "../support/launch-pass.ts";
import { lowerProofs } from "../support/lowered-proofs.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { ownerDoors } from "../support/owner-doors.ts";
import { BUYER, OWNER } from "../support/world.ts";

const KEYS = "/.well-known/commerce-receipts.json";
const FIRST = "test-secret-test-secret-test-secret-0001";
const SECOND = "test-secret-test-secret-test-secret-0002";

describeInWorld("receipts", { reset: true }, (world) => {
  let answer: Record<string, unknown>;
  let operationId: string;
  let call: Record<string, unknown>;
  let tokens: { buyer: string; owner: string; ownerReader: string };

  beforeAll(async () => {
    call = await launchPassCall(world);
    ({ body: answer } = await (await checkoutDoors(world)).http(call));
    operationId = String(answer.operationId);
    tokens = {
      buyer: await world.token(BUYER, "api"),
      owner: await world.token(OWNER, "api", ["checkout:write"]),
      ownerReader: await world.token(OWNER, "api", ["owner:read", "checkout:write"]),
    };
  });

  const fetched = (token: string, id = operationId) =>
    world.fetch(`/api/operations/${id}/receipt`, { headers: { Authorization: `Bearer ${token}` } });
  /** The runtime warns of `text()` on a type that it does not know as text. */
  const textOf = async (answer: Response) => new TextDecoder().decode(await answer.arrayBuffer());
  const receipt = async () => textOf(await fetched(tokens.buyer));
  const keys = async (): Promise<readonly PublicKey[]> => publicKeysOf(await (await world.fetch(KEYS)).json());

  describe("who gets a receipt", () => {
    test("the actor and the owner's reader get the same one, the same each time, by token and in a browser", async () => {
      const first = await fetched(tokens.buyer);
      expect(first.status).toBe(200);
      expect(Object.fromEntries(first.headers)).toMatchObject({
        "content-type": "application/jose",
        "content-disposition": `attachment; filename="confirmation-${operationId}.jws"`,
        "cache-control": "no-store",
      });
      const text = await textOf(first);
      expect(await receipt()).toBe(text);
      expect(await textOf(await fetched(tokens.ownerReader))).toBe(text);
      const buyer = openBrowser(world.send, "https://app.test");
      await signIn(buyer, BUYER);
      expect(await textOf(await buyer.get(`/account/receipts/${operationId}`))).toBe(text);
      // As on every page of the console: nothing there for others, and nothing under a wrong id.
      expect((await buyer.get(`/owner/operations/${operationId}/receipt`)).status).toBe(404);
      const owner = openBrowser(world.send, "https://app.test");
      await signIn(owner, OWNER);
      expect(await textOf(await owner.get(`/owner/operations/${operationId}/receipt`))).toBe(text);
      const absent = await owner.get("/owner/operations/operation-00000000-0000-4000-8000-000000000000/receipt");
      expect([absent.status, await absent.text()]).toEqual([404, expect.stringContaining("There is nothing here")]);
    });

    test("a token of either person without the scope of the write is asked for it", async () => {
      for (const token of [
        await world.token(BUYER, "api", ["affiliates:write"]),
        await world.token(OWNER, "api", ["owner:read", "owner:write"]),
      ]) {
        const refused = await fetched(token);
        expect([refused.status, await refused.json()]).toEqual([
          403,
          expect.objectContaining({ code: "insufficient_scope", detail: expect.stringContaining("checkout:write") }),
        ]);
        expect(refused.headers.get("WWW-Authenticate")).toContain("checkout:write");
      }
    });

    test("another person does not, and an id can't be probed", async () => {
      const refused = await fetched(tokens.owner);
      const absent = await fetched(tokens.owner, "operation-00000000-0000-4000-8000-000000000000");
      expect([refused.status, await refused.text()]).toEqual([404, await absent.text()]);
      expect((await world.fetch(`/api/operations/${operationId}/receipt`)).status).toBe(401);
      expect((await world.fetch(`/account/receipts/${operationId}`)).status).toBe(401);
      const page = `/owner/operations/${operationId}/receipt`;
      const signedOut = await world.fetch(page);
      expect([signedOut.status, signedOut.headers.get("Location")]).toEqual([
        303,
        `https://app.test/sign-in?returnTo=${encodeURIComponent(page)}`,
      ]);
      const ended = await world.grant(BUYER, "api");
      await world.db
        .prepare(
          "UPDATE oauth_grants SET revoked_at = 1 WHERE id = (SELECT id FROM oauth_grants ORDER BY created_at DESC LIMIT 1)",
        )
        .run();
      expect((await fetched(ended.accessToken)).status).toBe(401);
    });

    test("an operation that has not succeeded has none", async () => {
      await world.db
        .prepare(
          `INSERT INTO operations (id, owner_user_id, actor_id, actor_kind, client_id, client_declared, grant_id, idempotency_key,
         write_name, fingerprint, status, proof, subject_id, subject_updated_at, confirmation_text, audit_correlation_id,
         answer_sealed, arguments_sealed, created_at, updated_at, answer_removed_at) SELECT 'operation-failed', owner_user_id, actor_id, actor_kind, client_id, client_declared, grant_id,
         'other-key', write_name, fingerprint, 'failed', proof, subject_id, subject_updated_at, confirmation_text,
         audit_correlation_id, answer_sealed, arguments_sealed, created_at, updated_at, answer_removed_at FROM operations WHERE id = ?`,
        )
        .bind(operationId)
        .run();
      const refused = await fetched(tokens.buyer, "operation-failed");
      expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([409, "ineligible_state"]);
    });
  });

  describe("what it says", () => {
    test("every fact of the operation, hashed where it is private", async () => {
      const verified = await check(RECEIPT, await receipt(), await keys());
      if ("fault" in verified) throw new Error(verified.fault);
      const { confirmationText, idempotencyKey: _, expectedUpdatedAt, ...input } = call;
      const [row] = await world.all<{ created_at: number; updated_at: number; subject_id: string; actor_id: string }>(
        "SELECT * FROM operations WHERE id = ?",
        operationId,
      );
      expect(verified.said).toEqual({
        iss: "https://app.test",
        iat: Math.floor((row?.updated_at ?? 0) / 1000),
        operationId,
        write: "start_checkout",
        actorKind: "oauth_client",
        actorHash: expect.stringMatching(/^[0-9a-f]{64}$/),
        clientHash: expect.stringMatching(/^[0-9a-f]{64}$/),
        argumentsSha256: await sha256(canonicalJson({ write: "start_checkout", input, expectedUpdatedAt })),
        subject: { id: row?.subject_id, version: expectedUpdatedAt },
        confirmation: { text: confirmationText, proof: "argument" },
        resultSha256: await sha256(canonicalJson(answer.result)),
        startedAt: new Date(row?.created_at ?? 0).toISOString(),
        finishedAt: new Date(row?.updated_at ?? 0).toISOString(),
      });
      const plain = JSON.stringify(verified.said);
      for (const secret of [
        row?.actor_id ?? "",
        BUYER.email,
        String(call.idempotencyKey),
        "Test client",
        "checkout-intent-",
      ]) {
        expect(plain).not.toContain(secret);
      }
      expect(verified.said.actorHash).not.toBe(await sha256(row?.actor_id ?? ""));
    });

    test("of a write by hand names no app", async () => {
      await lowerProofs(world);
      const { http } = await ownerDoors(world, reviewCommissionEvidence, OWNER);
      const { commissionLedgerId, updatedAt } = await evidence(world);
      const reviewed = await http({
        commissionLedgerId,
        actionKind: "mark_reviewed",
        confirmationText: "Apply owner review action to Bumpgrade commission ledger evidence",
        expectedUpdatedAt: updatedAt,
        idempotencyKey: "reviewed-by-hand",
      });
      const owner = openBrowser(world.send, "https://app.test");
      await signIn(owner, OWNER);
      const text = await textOf(await owner.get(`/owner/operations/${reviewed.body.operationId}/receipt`));
      const verified = await check(RECEIPT, text, await keys());
      expect(verified).toMatchObject({ said: { actorKind: "owner_session", clientHash: null } });
    });

    test("keys are public, named by their thumbprint, without their private half", async () => {
      const published = await world.fetch(KEYS);
      expect(published.headers.get("Content-Type")).toBe("application/jwk-set+json");
      expect(published.headers.get("Access-Control-Allow-Origin")).toBe("*");
      const { keys: all } = (await published.json()) as { keys: Record<string, string>[] };
      expect(all.map((key) => Object.keys(key).sort())).toEqual([["alg", "crv", "kid", "kty", "use", "x"]]);
      const [key] = all;
      const digest = await crypto.subtle.digest(
        "SHA-256",
        new TextEncoder().encode(`{"crv":"Ed25519","kty":"OKP","x":"${key?.x}"}`),
      );
      expect(key?.kid).toBe(base64url(new Uint8Array(digest)));
    });
  });

  describe("what can't be changed", () => {
    const reason = async (text: string, against?: readonly PublicKey[]) => {
      const verified = await check(RECEIPT, text, against ?? (await keys()));
      return "fault" in verified ? verified.fault : "VALID";
    };

    test("every member of the header and of the payload, added, changed and taken away", async () => {
      const text = await receipt();
      const [head = "", body = "", mark = ""] = text.split(".");
      expect(await reason(text)).toBe("VALID");
      expect(await reason(`${text}\n`)).toBe("VALID");
      const opened = openCompact(text);
      if (!opened) throw new Error("not compact");
      const encoded = (value: unknown) => base64url(new TextEncoder().encode(JSON.stringify(value)));
      const bent = (value: unknown): unknown => {
        if (typeof value === "number") return value + 1;
        if (value === null) return "x";
        if (typeof value === "object") return { ...value, more: 1 };
        return `${String(value).slice(0, -1)}${String(value).endsWith("0") ? "1" : "0"}`;
      };
      let tried = 0;
      for (const [part, place] of [
        [opened.header, 0],
        [opened.payload, 1],
      ] as const) {
        for (const name of Object.keys(part)) {
          const { [name]: value, ...without } = part;
          for (const forged of [{ ...part, [name]: bent(value) }, without, { ...part, more: 1 }]) {
            const parts = [head, body, mark];
            parts[place] = encoded(forged);
            expect(await reason(parts.join(".")), `${name}: ${JSON.stringify(forged)}`).not.toBe("VALID");
            tried++;
          }
        }
      }
      expect(tried).toBeGreaterThan(40);
      for (const [outer, inner] of [
        ["confirmation", "text"],
        ["confirmation", "proof"],
        ["subject", "id"],
        ["subject", "version"],
      ] as const) {
        const nested = opened.payload[outer] as Record<string, string>;
        const forged = {
          ...opened.payload,
          [outer]: { ...nested, [inner]: inner === "proof" ? "approval_page" : bent(nested[inner]) },
        };
        expect(await reason([head, encoded(forged), mark].join("."))).toContain("was changed");
      }
    });

    test("the signature, its spelling, and the parts", async () => {
      const text = await receipt();
      const [head = "", body = "", mark = ""] = text.split(".");
      const bits = decodeBase64url(mark);
      if (!bits) throw new Error("no signature");
      for (let at = 0; at < bits.length; at++) {
        const flipped = Uint8Array.from(bits, (byte, index) => (index === at ? byte ^ 1 : byte));
        expect(await reason(`${head}.${body}.${base64url(flipped)}`)).toContain("was changed");
      }
      for (const broken of [
        "",
        "x",
        `${head}.${body}`,
        `${head}.${body}.`,
        `${text}.${mark}`,
        `${text}=`,
        `${head}.${body}.${mark.slice(0, -1)}`,
        `.${body}.${mark}`,
        "🙂.🙂.🙂",
      ]) {
        expect(await reason(broken)).not.toBe("VALID");
      }
    });

    test("another key's signature counts for nothing, under its own name and under ours", async () => {
      const opened = openCompact(await receipt());
      const ours = await keys();
      const other = openSigningKeys(openSecrets(["another-secret-another-secret-another-1"]));
      if (!opened) throw new Error("not compact");
      const forge = (header: Record<string, unknown>) => signCompact(header, opened.payload, other.sign);
      expect(await reason(await forge({ ...opened.header, kid: await other.kid() }))).toContain("not among the keys");
      expect(await reason(await forge(opened.header))).toContain("was changed");
      // A key in the header proves nothing.
      const [jwk] = (await other.published()).keys;
      expect(await reason(await forge({ ...opened.header, kid: await other.kid(), jwk }))).toContain(
        "not among the keys",
      );
      expect(await reason(await forge({ ...opened.header, alg: "none" }))).toContain("no receipt of this kind");
      expect(await reason(await forge({ ...opened.header, crit: ["b64"], b64: false }))).toContain(
        "no receipt of this kind",
      );
      // A set that lends our name to another key is found out by the key's own thumbprint.
      const posing = publicKeysOf({
        keys: [{ ...jwk, kid: ((await (await world.fetch(KEYS)).json()) as { keys: { kid: string }[] }).keys[0]?.kid }],
      });
      expect(await reason(await forge(opened.header), posing)).toContain("not among the keys");
      expect(await reason(await receipt(), ours)).toBe("VALID");
    });

    test("our own key under other members is no receipt", async () => {
      const own = openSigningKeys(openSecrets([FIRST]));
      const header = { alg: "EdDSA", typ: RECEIPT.type, kid: await own.kid() };
      expect(await reason(await signCompact(header, { iss: "https://app.test" }, own.sign))).toContain(
        "not a receipt's",
      );
      const [, body = ""] = (await receipt()).split(".");
      expect(RECEIPT.fields.safeParse(JSON.parse(atob(body.replaceAll("-", "+").replaceAll("_", "/")))).success).toBe(
        true,
      );
    });
  });

  test("through a rotation: both keys are published, then the old one as retired, and its receipts hold", async () => {
    const before = await receipt();
    const publishedBefore = await (await world.fetch(KEYS)).text();
    const [oldKey] = publicKeysOf(JSON.parse(publishedBefore));
    world.restart({ SERVER_SECRET: `${SECOND},${FIRST}` });
    expect((await keys())[1]).toEqual(oldKey);
    const during = await receipt();
    expect(during).not.toBe(before);
    for (const text of [before, during]) expect(await check(RECEIPT, text, await keys())).toHaveProperty("said");
    expect(await check(RECEIPT, during, publicKeysOf(JSON.parse(publishedBefore)))).toHaveProperty("fault");

    world.restart({ SERVER_SECRET: SECOND, RECEIPT_RETIRED_KEYS: publishedBefore });
    expect(await check(RECEIPT, before, await keys())).toHaveProperty("said");
    world.restart({ SERVER_SECRET: SECOND });
    expect(await check(RECEIPT, before, await keys())).toHaveProperty("fault");
    expect(() => world.restart({ RECEIPT_RETIRED_KEYS: "{}" })).toThrow(
      "RECEIPT_RETIRED_KEYS must be the JSON of a key set",
    );
    world.restart();
  });
});
