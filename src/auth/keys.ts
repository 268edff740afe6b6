import { createHmac, timingSafeEqual } from "node:crypto";
import type { Secrets } from "../base/secrets.ts";

/** Keys of sign-in, each for a single purpose. */
export interface Keys {
  /** 32 bytes for one purpose, from the current secret. */
  derive(purpose: string): Uint8Array;
  /** A keyed hash of `text` under the current secret, in base64url. */
  mac(purpose: string, text: string): string;
  /** `mac` under every secret in use, the current one first: it finds rows that were stored under an older secret. */
  macs(purpose: string, text: string): readonly string[];
  /** Whether `mac` is right for `text` under any secret in use. Takes the same time for every wrong answer. */
  verify(purpose: string, text: string, mac: string): boolean;
}

/** Derives the keys of sign-in under a prefix of their own among the keys of the server. */
export function openKeys(secrets: Secrets): Keys {
  const infoOf = (purpose: string) => `agent-commerce/${purpose}`;
  const macWith = (key: Uint8Array, text: string) => createHmac("sha256", key).update(text).digest("base64url");
  const macs = (purpose: string, text: string) => secrets.deriveAll(infoOf(purpose)).map((key) => macWith(key, text));
  return {
    derive: (purpose) => secrets.derive(infoOf(purpose)),
    mac: (purpose, text) => macWith(secrets.derive(infoOf(purpose)), text),
    macs,
    verify: (purpose, text, mac) => macs(purpose, text).some((expected) => sameText(expected, mac)),
  };
}

/** Compares secrets in constant time. */
export function sameText(expected: string, given: string): boolean {
  const a = Buffer.from(expected);
  const b = Buffer.from(given);
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
