import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

/** Keys for single purposes, derived from the server's secret: a key that leaks opens no other purpose. */
export interface Keys {
  /** 32 bytes for one purpose, from the current secret. */
  derive(purpose: string): Uint8Array;
  /** A keyed hash of `text` under the current secret, in base64url. */
  mac(purpose: string, text: string): string;
  /** The same under every secret in use, the current one first: to find rows that an older secret named. */
  macs(purpose: string, text: string): readonly string[];
  /** Whether `mac` is right for `text` under any secret in use. Takes the same time for every wrong answer. */
  verify(purpose: string, text: string, mac: string): boolean;
}

/**
 * HKDF-SHA-256 (RFC 5869). Synchronous, since the sign-in library takes its secret when it is built. `secrets` has at least
 * one: the settings' schema requires it.
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

/** Compares secrets in constant time. */
export function sameText(expected: string, given: string): boolean {
  const a = Buffer.from(expected);
  const b = Buffer.from(given);
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
