import { type PublicKey, thumbprint } from "./public-key.ts";

/** What receipts and the seals of the audit are signed with, and what they are checked with. */
export interface SigningKeys {
  /** Names the current key. */
  kid(): Promise<string>;
  /** Signs with the current key. The same text gets the same signature (RFC 8032 section 5.1.6). */
  sign(input: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
  /** Every key that something of ours may be signed with, the current one first, as a key set (RFC 7517 section 5). */
  published(): Promise<{ readonly keys: readonly PublishedKey[] }>;
}

export interface PublishedKey extends PublicKey {
  readonly kid: string;
  readonly alg: "EdDSA";
  readonly use: "sig";
}

/**
 * Keys derived from the server's secrets: nothing more to keep, and a restart signs as before. `secrets` holds the
 * current one first, and a second while it is being rotated out; `retired` are public keys of secrets that are gone,
 * published on so that what they signed outlives them.
 */
export function openSigningKeys(secrets: readonly string[], retired: readonly PublicKey[] = []): SigningKeys {
  let opening: Promise<readonly KeyPair[]> | undefined;
  const pairs = () => {
    opening ??= Promise.all(secrets.map(keyPairFrom));
    return opening;
  };
  const current = async () => {
    const [first] = await pairs();
    if (!first) throw new Error("there is no signing key");
    return first;
  };
  return {
    kid: async () => thumbprint((await current()).publicKey),
    sign: async (input) => crypto.subtle.sign("Ed25519", (await current()).privateKey, input),
    async published() {
      const all = [...(await pairs()).map(({ publicKey }) => publicKey), ...retired];
      return { keys: await Promise.all(all.map(published)) };
    },
  };
}

interface KeyPair {
  readonly privateKey: CryptoKey;
  readonly publicKey: PublicKey;
}

/** The start of a PKCS #8 structure that ends with the 32 bytes of an Ed25519 key (RFC 8410 section 7). */
const PKCS8_ED25519 = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];

/** HKDF-SHA-256 (RFC 5869) to a seed of its own: any 32 bytes are an Ed25519 key (RFC 8032 section 5.1.5). */
async function keyPairFrom(secret: string): Promise<KeyPair> {
  const utf8 = new TextEncoder();
  const material = await crypto.subtle.importKey("raw", utf8.encode(secret), "HKDF", false, ["deriveBits"]);
  const options = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8.encode("receipt-signing") };
  const seed = new Uint8Array(await crypto.subtle.deriveBits(options, material, 256));
  const pkcs8 = new Uint8Array([...PKCS8_ED25519, ...seed]);
  const opened = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  // Only an extractable key tells its public half; the one that stays is not.
  const { x } = (await crypto.subtle.exportKey("jwk", opened)) as JsonWebKey;
  if (!x) throw new Error("the signing key has no public half");
  return {
    privateKey: await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]),
    publicKey: { kty: "OKP", crv: "Ed25519", x },
  };
}

async function published(key: PublicKey): Promise<PublishedKey> {
  return { ...key, kid: await thumbprint(key), alg: "EdDSA", use: "sig" };
}
