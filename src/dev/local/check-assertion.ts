import { verifyAuthenticationResponse } from "@simplewebauthn/server";
import { cose, decodeCredentialPublicKey } from "@simplewebauthn/server/helpers";
import { base64url, decodeBase64url } from "../../base/base64url.ts";
import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/digest.ts";
import { type AssertionFile, assertionFields, assertionHash } from "../../receipts/assertion.ts";
import { challengeOf } from "../../receipts/challenge.ts";
import type { Receipt } from "../../receipts/receipt.ts";

/** The first check that an assertion did not pass, by its name and in words; undefined where it passes all of them. */
export type FailedCheck = { readonly check: string; readonly words: string } | undefined;

/** Checks what a passkey signed against a receipt that was checked before. It needs no network and asks no server. */
export async function checkAssertion(receipt: Receipt, content: unknown): Promise<FailedCheck> {
  const parsed = assertionFields.safeParse(content);
  if (!parsed.success) return { check: "file", words: "The file is not that of an assertion." };
  for (const [check, words, holds] of CHECKS) {
    // Bytes that can't be read hold for nothing.
    if (!(await attempt(() => holds(parsed.data, receipt)))) return { check, words };
  }
  return undefined;
}

const attempt = async (holds: () => boolean | Promise<boolean>) => {
  try {
    return await holds();
  } catch {
    return false;
  }
};

type Holds = (file: AssertionFile, receipt: Receipt) => boolean | Promise<boolean>;

const CHECKS: readonly (readonly [name: string, words: string, holds: Holds])[] = [
  [
    "proof",
    "The receipt names no assertion: no passkey confirmed it.",
    (_, { confirmation }) => confirmation.proof === "passkey" && confirmation.assertionSha256 !== undefined,
  ],
  [
    "hash",
    "The assertion or its public key is not the one that the receipt names.",
    async (file, { confirmation }) => (await assertionHash(file)) === confirmation.assertionSha256,
  ],
  [
    "operation",
    "It was signed for another operation.",
    ({ challenge }, { operationId }) => challenge.operationId === operationId,
  ],
  ["write", "It was signed for another write.", ({ challenge }, { write }) => challenge.write === write],
  [
    "text",
    "It was signed for another text.",
    ({ challenge }, { confirmation }) => challenge.text === confirmation.text,
  ],
  [
    "version",
    "It was signed for another version of the subject.",
    ({ challenge }, { subject }) => challenge.subjectVersion === subject.version,
  ],
  [
    "arguments",
    "It was signed for other arguments.",
    async ({ challenge }, { argumentsSha256 }) => (await hashOfArguments(challenge)) === argumentsSha256,
  ],
  [
    "client",
    "The receipt and the assertion differ in whether an app asked.",
    ({ challenge }, { clientHash }) => (challenge.clientSha256 === null) === (clientHash === null),
  ],
  ["ceremony", "It is no answer of a passkey to a question.", (file) => clientData(file).type === "webauthn.get"],
  [
    "challenge",
    "The signed challenge is not made of what the file says.",
    async (file) => clientData(file).challenge === base64url(await challengeOf(file.challenge)),
  ],
  [
    "origin",
    "It was signed on another site than the one that signed the receipt.",
    (file, { iss }) => clientData(file).origin === new URL(iss).origin,
  ],
  [
    "frame",
    "It was signed in a frame of another site.",
    (file) =>
      [undefined, false].includes(clientData(file).crossOrigin as boolean | undefined) &&
      clientData(file).topOrigin === undefined,
  ],
  [
    "rpId",
    "The passkey is for another site than the one that signed the receipt.",
    (file, { iss }) => isFor(file, iss),
  ],
  ["userPresent", "No person was present.", (file) => (flags(file) & 0x01) !== 0],
  ["userVerified", "The person was not verified by their device.", (file) => (flags(file) & 0x04) !== 0],
  [
    "algorithm",
    "The public key is of another algorithm than the file says.",
    ({ publicKey }) =>
      decodeCredentialPublicKey(bytesOf(publicKey.cose)).get(cose.COSEKEYS.alg) === publicKey.algorithm,
  ],
  ["signature", "The signature is not that of the public key.", isSigned],
];

/** As the fingerprint of a call is made, which the receipt carries. */
const hashOfArguments = ({ write, arguments: input, subjectVersion }: AssertionFile["challenge"]) =>
  sha256(canonicalJson({ write, input, expectedUpdatedAt: subjectVersion }));

async function isFor(file: AssertionFile, issuer: string): Promise<boolean> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(new URL(issuer).hostname));
  return base64url(new Uint8Array(hash)) === base64url(authenticatorData(file).slice(0, 32));
}

/** By the library, which checks all of the above once more. */
async function isSigned({ assertion, publicKey }: AssertionFile, { iss }: Receipt): Promise<boolean> {
  const { credentialId: id, ...response } = assertion;
  const checked = await verifyAuthenticationResponse({
    response: { id, rawId: id, type: "public-key", clientExtensionResults: {}, response },
    expectedChallenge: () => true,
    expectedOrigin: new URL(iss).origin,
    expectedRPID: new URL(iss).hostname,
    requireUserVerification: true,
    credential: { id, publicKey: bytesOf(publicKey.cose), counter: 0 },
  });
  return checked.verified;
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64url(text);
  if (!bytes) throw new Error("not base64url");
  return bytes;
}

const clientData = ({ assertion }: AssertionFile): Record<string, unknown> =>
  JSON.parse(new TextDecoder().decode(bytesOf(assertion.clientDataJSON)));
const authenticatorData = ({ assertion }: AssertionFile) => bytesOf(assertion.authenticatorData);
const flags = (file: AssertionFile): number => authenticatorData(file)[32] ?? 0;
