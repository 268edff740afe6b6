import { expect, test } from "vitest";
import {
  type AssertionFile,
  assertionFields,
  assertionHash,
  openAssertion,
  sealAssertion,
} from "../../src/receipts/assertion.ts";
import { testKeyring } from "../seeds/seeded-database.ts";

const keyring = { keyring: testKeyring() } as Parameters<typeof sealAssertion>[0];
const file = {
  type: "commerce-assertion",
  assertion: { credentialId: "AQ", clientDataJSON: "Ag", authenticatorData: "Aw", signature: "BA" },
  publicKey: { cose: "BQ", algorithm: -7 },
  challenge: { operationId: "operation-one" },
} as unknown as AssertionFile;

test("a sealed assertion opens for its own operation, and for no other", async () => {
  const sealed = await sealAssertion(keyring, file);
  expect(JSON.parse((await openAssertion(keyring, "operation-one", sealed)) ?? "")).toEqual(file);
  expect(await openAssertion(keyring, "operation-two", sealed)).toBeUndefined();
  expect(await openAssertion(keyring, "operation-one", `${sealed}x`)).toBeUndefined();
});

test("the hash of an assertion covers every member of it and of its public key", async () => {
  const hash = await assertionHash(file);
  for (const member of ["credentialId", "clientDataJSON", "authenticatorData", "signature"] as const) {
    const other = { ...file, assertion: { ...file.assertion, [member]: "BQ" } };
    expect(await assertionHash(other), member).not.toBe(hash);
  }
  for (const publicKey of [
    { cose: "AA", algorithm: -7 },
    { cose: "BQ", algorithm: -8 },
  ]) {
    expect(await assertionHash({ ...file, publicKey })).not.toBe(hash);
  }
});

test("a public key in a file has its two members, and no other", () => {
  const { publicKey } = assertionFields.shape;
  expect(publicKey.safeParse(file.publicKey).success).toBe(true);
  for (const other of [{}, { cose: "BQ" }, { algorithm: -7 }, { ...file.publicKey, x: 1 }]) {
    expect(publicKey.safeParse(other).success).toBe(false);
  }
});
