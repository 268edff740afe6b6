import { expect, test } from "vitest";
import { base64url, decodeBase64url } from "../../src/base/base64url.ts";
import { openCompact, signCompact } from "../../src/signing/jws.ts";
import { publicKeysOf, thumbprint } from "../../src/signing/public-key.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const part = (text: string | Uint8Array) => base64url(typeof text === "string" ? utf8(text) : text);

test("base64url is that of RFC 4648, section 5, without padding, and has one spelling", () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  for (const length of [0, 1, 2, 3, 4, 254, 255, 256]) {
    const bytes = all.slice(0, length);
    expect(base64url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
    expect(decodeBase64url(base64url(bytes))).toEqual(bytes);
  }
  expect(base64url(new Uint8Array([251, 255, 254]))).toBe("-__-");
  for (const other of ["-__-=", "+//+", "A", "AAAAA", "AB", "AAB", "AA==", "A A", "AA\n", "é", "AA.A"]) {
    expect([other, decodeBase64url(other)]).toEqual([other, undefined]);
  }
});

test("a compact serialization is what was signed, in three parts", async () => {
  const signed: string[] = [];
  const text = await signCompact({ alg: "none", ü: 1 }, { said: "Zoë" }, async (input) => {
    signed.push(new TextDecoder().decode(input));
    return new Uint8Array([1, 2, 3]).buffer;
  });
  expect(text).toBe(`${part('{"alg":"none","ü":1}')}.${part('{"said":"Zoë"}')}.AQID`);
  expect(signed).toEqual([text.slice(0, -".AQID".length)]);
  const opened = openCompact(text);
  expect(opened).toEqual({
    header: { alg: "none", ü: 1 },
    payload: { said: "Zoë" },
    input: utf8(signed[0] ?? ""),
    signature: new Uint8Array([1, 2, 3]),
  });
});

test("a text that is no object in UTF-8, or has more or fewer parts, is not parsed", () => {
  const good = part("{}");
  expect(openCompact(`${good}.${good}.AQID`)).toBeDefined();
  for (const bad of ["[]", "null", "1", '"{}"', "", "{", "\ufeff{}", "{} x"]) {
    expect([bad, openCompact(`${part(bad)}.${good}.AQID`)]).toEqual([bad, undefined]);
    expect([bad, openCompact(`${good}.${part(bad)}.AQID`)]).toEqual([bad, undefined]);
  }
  const broken = part(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]));
  for (const text of [`${broken}.${good}.AQID`, `${good}.${good}`, `${good}.${good}.AQID.`, `${good}.${good}.AQ=`]) {
    expect([text, openCompact(text)]).toEqual([text, undefined]);
  }
});

test("a key is named as in RFC 8037, appendix A.3, whatever else stands beside it", async () => {
  const x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
  const [key] = publicKeysOf({ keys: [{ use: "sig", x, kty: "OKP", kid: "another", crv: "Ed25519", d: "secret" }] });
  expect(key).toEqual({ kty: "OKP", crv: "Ed25519", x });
  expect(key && (await thumbprint(key))).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
});

test("keys of other kinds are passed over, and what is no set is refused", () => {
  const x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
  const key = { kty: "OKP", crv: "Ed25519", x };
  const others = [
    { kty: "RSA", n: "AQAB", e: "AQAB" },
    { ...key, kty: "EC" },
    { ...key, crv: "X25519" },
    { ...key, x: x.slice(1) },
    { ...key, x: `${x}A` },
    { ...key, x: `${x.slice(0, -1)}=` },
  ];
  expect(publicKeysOf({ keys: [...others, key] })).toEqual([key]);
  for (const none of [{}, { keys: {} }, { keys: ["x"] }, { keys: [{}] }, [], null, "x"]) {
    expect(() => publicKeysOf(none)).toThrow();
  }
});
