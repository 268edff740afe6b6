import * as z from "zod";
import type { Secrets } from "../base/secrets.ts";
import { type PublicKey, publicKeySchema, thumbprint } from "./public-key.ts";

/** The keys that receipts and the seals of the audit are signed and checked with. */
export interface SigningKeys {
  /** The id of the current key. */
  kid(): Promise<string>;
  /** Signs with the current key. The same text gets the same signature (RFC 8032 section 5.1.6). */
  sign(input: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
  /** The public half of every key that may have signed a receipt or seal, the current one first (RFC 7517 section 5). */
  published(): Promise<{ readonly keys: readonly PublishedKey[] }>;
}

/** The key set on the wire. */
export const keySetShape = z.object({
  keys: z.array(publicKeySchema.extend({ kid: z.string(), alg: z.literal("EdDSA"), use: z.literal("sig") })),
});
type PublishedKey = z.output<typeof keySetShape>["keys"][number];

/**
 * Derives the signing keys from the server's secrets, so a restart signs as before. `retired` are public keys of secrets
 * that were removed; they stay published, so that an old signature can still be checked.
 */
export function openSigningKeys(secrets: Secrets, retired: readonly PublicKey[] = []): SigningKeys {
  let opening: Promise<readonly [KeyPair, ...KeyPair[]]> | undefined;
  const pairs = () => {
    const [current, ...earlier] = secrets.deriveAll("receipt-signing");
    opening ??= Promise.all([keyPairFrom(current), ...earlier.map(keyPairFrom)]);
    return opening;
  };
  return {
    kid: async () => thumbprint((await pairs())[0].publicKey),
    sign: async (input) => crypto.subtle.sign("Ed25519", (await pairs())[0].privateKey, input),
    async published() {
      const all = [...(await pairs()).map(({ publicKey }) => publicKey), ...retired];
      return { keys: await Promise.all(all.map(publishedKey)) };
    },
  };
}

interface KeyPair {
  readonly privateKey: CryptoKey;
  readonly publicKey: PublicKey;
}

/** The start of a PKCS #8 structure that ends with the 32 bytes of an Ed25519 key (RFC 8410 section 7). */
const PKCS8_ED25519 = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];

/** Any 32 bytes are the seed of an Ed25519 key (RFC 8032 section 5.1.5). */
async function keyPairFrom(seed: Uint8Array): Promise<KeyPair> {
  const pkcs8 = new Uint8Array([...PKCS8_ED25519, ...seed]);
  const opened = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  // The public half can only be exported from an extractable key; the key that signs is not extractable.
  const { x } = (await crypto.subtle.exportKey("jwk", opened)) as JsonWebKey;
  if (!x) throw new Error("the signing key has no public half");
  return {
    privateKey: await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]),
    publicKey: { kty: "OKP", crv: "Ed25519", x },
  };
}

async function publishedKey(key: PublicKey): Promise<PublishedKey> {
  return { ...key, kid: await thumbprint(key), alg: "EdDSA", use: "sig" };
}
