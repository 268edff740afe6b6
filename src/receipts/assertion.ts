import * as z from "zod";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { Context } from "../kernel/context.ts";
import { challengeFields } from "./challenge.ts";

const bytes = z.string().regex(/^[\w-]+$/);

/** The file that stands beside a signed confirmation: with it, a touch can be checked without this server. */
export const assertionFields = z.strictObject({
  type: z.literal("commerce-assertion"),
  /** As the passkey answered (WebAuthn level 3, section 5.2.2), in base64url. */
  assertion: z.strictObject({
    credentialId: bytes,
    clientDataJSON: bytes,
    authenticatorData: bytes,
    signature: bytes,
  }),
  /** The passkey's public key, as COSE in base64url, and the number of its algorithm (RFC 9053). */
  publicKey: z.strictObject({ cose: bytes, algorithm: z.int() }),
  /** What the signed challenge was made of. */
  challenge: challengeFields,
});

/** The assertion of one touch, its public key, and what its challenge was made of. */
export type AssertionFile = z.output<typeof assertionFields>;

/** The hash that the signed confirmation carries. It covers the public key, so that no other key can take its place. */
export function assertionHash({
  assertion,
  publicKey,
}: Pick<AssertionFile, "assertion" | "publicKey">): Promise<string> {
  return sha256(canonicalJson({ assertion, publicKey }));
}

const placeOf = (operationId: string) => `assertion of ${operationId}`;

/** Seals a file for its row. */
export function sealAssertion({ keyring }: Context, file: AssertionFile): Promise<string> {
  return keyring.seal(JSON.stringify(file), placeOf(file.challenge.operationId));
}

/** The text of a file. Undefined where it does not open any more: the secret that sealed it was retired. */
export function openAssertion({ keyring }: Context, operationId: string, sealed: string): Promise<string | undefined> {
  return keyring.open(sealed, placeOf(operationId)).catch(() => undefined);
}
