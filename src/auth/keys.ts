import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

/** Keys for single purposes, all derived from the server's one secret: a key that leaks is good for nothing else. */
export interface Keys {
  /** 32 bytes for one purpose, from the current secret. */
  derive(purpose: string): Uint8Array;
  /** A keyed hash of `text` under the current secret, in base64url. */
  mac(purpose: string, text: string): string;
  /** The same under every secret that still counts, the current one first: for finding what an older one named. */
  macs(purpose: string, text: string): readonly string[];
  /** Whether `mac` is right for `text` under any secret that still counts. Takes the same time for every wrong answer. */
  verify(purpose: string, text: string, mac: string): boolean;
}

/**
 * HKDF-SHA-256 (RFC 5869), synchronous, as the sign-in library wants its secret when it is built. `secrets` is never empty: the
 * settings' schema requires one.
 */
export function openKeys(secrets: readonly string[]): Keys {
  const derived = new Map<string, Uint8Array>();
  const deriveFrom = (secret: string, purpose: string): Uint8Array => {
    const cacheKey = `${secrets.indexOf(secret)}:${purpose}`;
    const known = derived.get(cacheKey);
    if (known) return known;
    const key = new Uint8Array(hkdfSync("sha256", secret, "", `agent-commerce/${purpose}`, 32));
    derived.set(cacheKey, key);
    return key;
  };
  const macFrom = (secret: string, purpose: string, text: string) =>
    createHmac("sha256", deriveFrom(secret, purpose)).update(text).digest("base64url");
  const [current = ""] = secrets;
  return {
    derive: (purpose) => deriveFrom(current, purpose),
    mac: (purpose, text) => macFrom(current, purpose, text),
    macs: (purpose, text) => secrets.map((secret) => macFrom(secret, purpose, text)),
    verify: (purpose, text, mac) => secrets.some((secret) => sameText(macFrom(secret, purpose, text), mac)),
  };
}

/** Compares secrets without telling by its timing how much of them is right. */
export function sameText(expected: string, given: string): boolean {
  const a = Buffer.from(expected);
  const b = Buffer.from(given);
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
