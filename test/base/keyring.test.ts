import { expect, test } from "vitest";
import { randomToken, sha256 } from "../../src/base/digest.ts";
import { createKeyring } from "../../src/base/keyring.ts";
import { openSecrets } from "../../src/base/secrets.ts";

const OLD = "old-secret-old-secret-old-secret-old-1";
const NEW = "new-secret-new-secret-new-secret-new-2";

test("a sealed text opens in its place and nowhere else", async () => {
  const keyring = createKeyring(openSecrets([NEW]));
  const sealed = await keyring.seal("https://app.test/Zoë", "url of checkout-1");
  expect(await keyring.open(sealed, "url of checkout-1")).toBe("https://app.test/Zoë");
  await expect(keyring.open(sealed, "url of checkout-2")).rejects.toThrow("does not open");
  expect(sealed).toMatch(/^v1\.[\w-]+\.[\w-]+$/);
  // The same text is sealed differently each time, so equal values cannot be told.
  expect(await keyring.seal("https://app.test/Zoë", "url of checkout-1")).not.toBe(sealed);
});

test("every change of a sealed value is noticed", async () => {
  const keyring = createKeyring(openSecrets([NEW]));
  const sealed = await keyring.seal("text", "place");
  for (let at = 0; at < sealed.length; at++) {
    const other = sealed.charAt(at) === "A" ? "B" : "A";
    const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
    // The last character of a base64 text may hold bits that stand for nothing.
    const opened = await keyring.open(changed, "place").catch(() => "refused");
    if (at < sealed.length - 1 && sealed.charAt(at + 1) !== ".") expect([at, opened]).toEqual([at, "refused"]);
  }
  for (const nonsense of ["", "v1", "v1..", "v2.a.b", "v1.!.!", `${sealed}.`, sealed.slice(0, -4)]) {
    const opened = await keyring.open(nonsense, "place").catch(() => "refused");
    if (nonsense !== `${sealed}.`) expect([nonsense, opened]).toEqual([nonsense, "refused"]);
  }
});

test("while a secret is rotated out it still opens, and seals nothing; afterwards it opens nothing", async () => {
  const before = await createKeyring(openSecrets([OLD])).seal("text", "place");
  const rotating = createKeyring(openSecrets([NEW, OLD]));
  expect(await rotating.open(before, "place")).toBe("text");
  const after = await rotating.seal("text", "place");
  await expect(createKeyring(openSecrets([OLD])).open(after, "place")).rejects.toThrow();
  await expect(createKeyring(openSecrets([NEW])).open(before, "place")).rejects.toThrow();
  expect(await createKeyring(openSecrets([NEW])).open(after, "place")).toBe("text");
});

test("a link's token has 192 random bits and no character that a URL or a redaction minds", () => {
  const tokens = Array.from({ length: 500 }, randomToken);
  expect(new Set(tokens).size).toBe(500);
  for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{48}$/);
});

test("hashes are keyed, and of one kind", async () => {
  const keyring = createKeyring(openSecrets([NEW]));
  const hash = await keyring.keyedHash("a@b.example", "e-mail");
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(await keyring.keyedHash("a@b.example", "e-mail")).toBe(hash);
  const others = [
    await keyring.keyedHash("a@b.example", "ip address"),
    await createKeyring(openSecrets([OLD])).keyedHash("a@b.example", "e-mail"),
    await sha256("a@b.example"),
    await sha256("e-mail\na@b.example"),
  ];
  expect(others).not.toContain(hash);
  expect(() => openSecrets([])).toThrow("SERVER_SECRET");
});

test("a hash from before a rotation is found while its secret is kept", async () => {
  const before = await createKeyring(openSecrets([OLD])).keyedHash("a@b.example", "e-mail");
  const rotating = createKeyring(openSecrets([NEW, OLD]));
  const hashes = await rotating.keyedHashes("a@b.example", "e-mail");
  expect(hashes).toEqual([await rotating.keyedHash("a@b.example", "e-mail"), before]);
  expect(await createKeyring(openSecrets([NEW])).keyedHashes("a@b.example", "e-mail")).not.toContain(before);
});
