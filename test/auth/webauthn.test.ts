import { ECDSASigValue as TheirSignature } from "@peculiar/asn1-ecc";
import { AsnParser as TheirParser } from "@peculiar/asn1-schema";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AsnParser, ECDSASigValue } from "../../src/auth/no-certificates.ts";
import { judgeTouch, type Passkey, readTouch, userHandleOf } from "../../src/auth/webauthn.ts";
import { type Algorithm, type Knobs, makeKey, rowOf, type SoftKey, sign } from "../support/authenticator.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { holds } from "../support/random.ts";
import { derOf } from "../support/webauthn-bytes.ts";
import { ORIGIN } from "../support/world.ts";

const CHALLENGE = Buffer.from("a challenge of 24 bytes!").toString("base64url");

describeInWorld("the answer of a passkey", {}, () => {
  const passkeyOf = (key: SoftKey): Passkey => {
    const row = rowOf(key, "user-1", 0);
    return {
      credentialId: row.credential_id,
      userId: row.user_id,
      publicKey: row.public_key,
      counter: row.counter,
      transports: row.transports,
      name: row.name,
      backedUp: row.backed_up,
      createdAt: row.created_at,
      lastUsedAt: null,
    };
  };

  /** How the answer of a key is judged. */
  async function judged(key: SoftKey, knobs: Knobs = {}, passkey = passkeyOf(key), challenge = CHALLENGE) {
    const touch = readTouch(JSON.stringify(await sign(key, challenge, knobs)));
    if (!touch) return "unreadable";
    const verdict = await judgeTouch(touch, { challenge: CHALLENGE, publicUrl: ORIGIN, passkey });
    return verdict.kind === "verified" ? verdict.counter : verdict.kind;
  }

  test.each<Algorithm>(["ES256", "EdDSA", "RS256"])("is read and verified by %s", async (algorithm) => {
    const key = await makeKey(algorithm);
    expect([await judged(key), await judged(key)]).toEqual([2, 3]);
    expect(await judged(key, { spoiled: "signature" })).toBe("refused");
    expect(await judged(key, { signer: await makeKey(algorithm) })).toBe("refused");
  });

  test.each<[string, Knobs]>([
    ["another origin", { origin: "https://app.test.evil.example" }],
    ["another port", { origin: `${ORIGIN}:8443` }],
    ["plain http", { origin: "http://app.test" }],
    ["a subdomain", { origin: "https://x.app.test" }],
    ["an app's origin", { origin: "android:apk-key-hash:abc" }],
    ["another RP id", { rpId: "evil.example" }],
    ["the parent domain as RP id", { rpId: "test" }],
    ["no user verification", { userVerified: false }],
    ["no user presence", { userPresent: false }],
    ["a registration's ceremony", { type: "webauthn.create" }],
    ["a payment's ceremony", { type: "payment.get" }],
    ["a frame", { crossOrigin: true }],
    ["a frame of a named site", { crossOrigin: true, topOrigin: "https://evil.example" }],
    ["a top origin of its own", { topOrigin: ORIGIN }],
    ["another id", { id: "AAAA" }],
    ["another person's handle", { userHandle: userHandleOf("user-2") }],
    ["a synced key that can't be synced", { backedUp: true, backupEligible: false }],
    ["changed client data", { spoiled: "clientDataJSON" }],
    ["changed authenticator data", { spoiled: "authenticatorData" }],
  ])("is refused with %s", async (_, knobs) => {
    const key = await makeKey();
    expect(await judged(key, knobs)).toBe("refused");
    expect(await judged(key, { userHandle: userHandleOf("user-1") })).toBe(key.counter);
  });

  test("is refused for another challenge", async () => {
    const key = await makeKey();
    expect(await judged(key, {}, passkeyOf(key), Buffer.from("another challenge of ours").toString("base64url"))).toBe(
      "refused",
    );
  });

  test("has a counter that grows, or none; only a signed counter speaks of two devices", async () => {
    const key = await makeKey();
    const passkey = { ...passkeyOf(key), counter: 7 };
    expect(await judged(key, { counter: 8 }, passkey)).toBe(8);
    for (const counter of [7, 6, 0]) expect(await judged(key, { counter }, passkey)).toBe("counter_refused");
    expect(await judged(key, { counter: 6, spoiled: "signature" }, passkey)).toBe("refused");
    const silent = await makeKey("EdDSA", { counts: false });
    expect([await judged(silent), await judged(silent)]).toEqual([0, 0]);
    expect(await judged(silent, { counter: 1 })).toBe(1);
  });

  test("of P-256 is read as the library's own parser reads it, and no other bytes are", async () => {
    const own = (bytes: Uint8Array) => {
      const { r, s } = AsnParser.parse(bytes, ECDSASigValue);
      return [Buffer.from(r).toString("hex"), Buffer.from(s).toString("hex")];
    };
    const theirs = (bytes: Uint8Array) => {
      const { r, s } = TheirParser.parse(bytes, TheirSignature);
      return [Buffer.from(r).toString("hex"), Buffer.from(s).toString("hex")];
    };
    const numbers = fc.tuple(fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.nat(2), fc.nat(3));
    await holds("signatures", numbers, { runs: 1000 }, ([bytes, zeros, at]) => {
      // Small numbers are written with fewer bytes.
      const der = derOf(bytes.map((byte, index) => (index % 32 < zeros ? 0 : byte)));
      expect(own(der)).toEqual(theirs(der));
      const wrong = der.with(at, (der[at] ?? 0) ^ 0x81);
      for (const other of [wrong, der.subarray(0, -1), Uint8Array.from([...der, 0])]) {
        expect(() => own(other)).toThrow();
      }
    });
    for (const bytes of [[], [0x30], [0x30, 0], [0x30, 0x80, 0, 0], [0x30, 4, 2, 0, 2, 0]]) {
      expect(() => own(Uint8Array.from(bytes))).toThrow();
    }
    expect(() => AsnParser.parse(derOf(new Uint8Array(64).fill(1)), class {})).toThrow("certificates");
  });

  test("of another shape is not read", () => {
    for (const text of [null, "", "{}", "null", "[]", '{"id":"a"}', "x".repeat(10_000)]) {
      expect(readTouch(text)).toBeUndefined();
    }
  });
});
