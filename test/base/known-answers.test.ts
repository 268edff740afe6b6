import { expect, test } from "vitest";
import { openKeys } from "../../src/auth/keys.ts";
import { verifyPassword } from "../../src/auth/password.ts";
import { base32, otpauthUrl } from "../../src/auth/totp.ts";
import { createKeyring } from "../../src/base/keyring.ts";
import { openSecrets } from "../../src/base/secrets.ts";
import { openSigningKeys } from "../../src/signing/keys.ts";

/** What was made once has to be readable for ever: these values were made once, and the hashes by another implementation. */
const SECRET = "known-secret-known-secret-known-secret-1";

test("what was sealed, hashed and named under a secret still is what it was", async () => {
  const keyring = createKeyring(openSecrets([SECRET]));
  const sealed = "v1._uXkDJADZv9TzAyW.kVWLftTDlqkMn8Xd5uDbzEZ94i_PG-Vd1Hq2";
  expect(await keyring.open(sealed, "a place")).toBe("Zoë's text");
  expect(await keyring.keyedHash("a@b.example", "e-mail")).toBe(
    "d37e007e1f53d67be43a68547903641c99507255a63e8f4cce9c2f227b753c6a",
  );
  expect(openSecrets([SECRET]).hash("stripe key")("a key")).toBe(
    "2e29ab2411a2c630ab0bfbad61660bff958ebddb4c538996a64fd63a158a406f",
  );
  expect(openKeys(openSecrets([SECRET])).mac("form", "session:1")).toBe("N19FqEi4UbQZ-AhjBbcwunIjfIZfolJd1fw0xaGbm-E");
});

test("a secret signs with the key that it always had, the same each time", async () => {
  const keys = openSigningKeys(openSecrets([SECRET]));
  const published = {
    kty: "OKP",
    crv: "Ed25519",
    x: "CJ9dmgVOoFwRjIaQUxC5c39YEZ6JwptqKibekwzBAcU",
    kid: "Og_iKeX41dEyxJFebYA11hv_dDhDI9zo8fvC2lFrhG0",
    alg: "EdDSA",
    use: "sig",
  };
  expect(await keys.kid()).toBe(published.kid);
  expect(await keys.published()).toEqual({ keys: [published] });
  const signature = new Uint8Array(await keys.sign(new Uint8Array(new TextEncoder().encode("a text"))));
  expect(Buffer.from(signature).toString("base64url")).toBe(
    "mrBWLhRD6y7NgFB_4k_PbdHfmx3fqOVXmOTfL6BG1bmxjvCmqy8JgH7fF7lr1G5x1NbMqwncgLvKy9r9zHw4BQ",
  );
  expect(() => openSecrets([])).toThrow("SERVER_SECRET has no value");
});

test("a stored password still fits, however its letters were typed, and what is no hash fits nothing", async () => {
  const hash =
    "ded63dd8ff250c9c0c05e4bf637da450:4ad00b44ec9021ce5e632f0f33bc5643d73d4e27aad30500f39857296bd4d33ac3a865889528e9bd7447f3acc0acca44c248f3d993c2c3319341dc553112d829";
  const [salt = "", key = ""] = hash.split(":");
  for (const password of ["Ångström ﬁ", "A\u030angstro\u0308m fi"]) {
    expect(await verifyPassword({ hash, password })).toBe(true);
  }
  for (const other of ["", ":", `${salt}:`, `:${key}`, salt, `${salt}:${key.slice(0, -2)}`, `${key}:${salt}`]) {
    expect([other, await verifyPassword({ hash: other, password: "Ångström ﬁ" })]).toEqual([other, false]);
  }
  expect(await verifyPassword({ hash, password: "ångström ﬁ" })).toBe(false);
});

test("an app is given its key in the base32 of RFC 4648, section 10, without padding, and under our name", () => {
  const bytes = new TextEncoder().encode("foobar");
  const texts = [0, 1, 2, 3, 4, 5, 6].map((length) => base32(bytes.slice(0, length)));
  expect(texts).toEqual(["", "MY", "MZXQ", "MZXW6", "MZXW6YQ", "MZXW6YTB", "MZXW6YTBOI"]);
  const alphabet = Buffer.from("00443214c74254b635cf84653a56d7c675be77df", "hex");
  expect(base32(alphabet)).toBe("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
  expect(otpauthUrl(new TextEncoder().encode("12345678901234567890"), "Acme & Co", "a+b@c.example")).toBe(
    "otpauth://totp/Acme%20%26%20Co:a%2Bb%40c.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme+%26+Co",
  );
});
