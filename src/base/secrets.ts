import { createHmac, hkdfSync } from "node:crypto";

type Key = Uint8Array<ArrayBuffer>;

/** The server's secrets, and the only place that derives keys from them: a key that leaks opens nothing else. */
export interface Secrets {
  /** 32 bytes for one purpose, from the current secret. */
  derive(purpose: string): Key;
  /** One key from each secret, the current one first: a value sealed or signed under an earlier secret can still be read. */
  deriveAll(purpose: string): readonly [Key, ...Key[]];
  /** A function that hashes secrets for comparison: HMAC-SHA-256 as hex, under the key of a purpose. */
  hash(purpose: string): (secret: string) => string;
}

/**
 * Opens `SERVER_SECRET`: one or two values, the current one first. HKDF-SHA-256 without a salt, the purpose as `info`
 * (RFC 5869). Synchronous, since the sign-in library wants its secret when it is built.
 */
export function openSecrets(values: readonly string[]): Secrets {
  const [current, ...earlier] = values;
  if (!current) throw new Error("SERVER_SECRET has no value");
  const derived = new Map<string, readonly [Key, ...Key[]]>();
  const deriveAll = (purpose: string) => {
    const from = (secret: string): Key => new Uint8Array(hkdfSync("sha256", secret, "", purpose, 32));
    const keys = derived.get(purpose) ?? ([from(current), ...earlier.map(from)] as const);
    derived.set(purpose, keys);
    return keys;
  };
  return {
    derive: (purpose) => deriveAll(purpose)[0],
    deriveAll,
    hash: (purpose) => (secret) => createHmac("sha256", deriveAll(purpose)[0]).update(secret).digest("hex"),
  };
}
