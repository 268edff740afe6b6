import { base64url, decodeBase64url } from "./base64url.ts";
import { hex } from "./digest.ts";
import type { Secrets } from "./secrets.ts";

const utf8 = new TextEncoder();

/** Seals and hashes private data under keys of the server. */
export interface Keyring {
  /** Encrypts a text. It opens only with the same `place`, its use and row: it can't be moved to another row. */
  seal(text: string, place: string): Promise<string>;
  /** Throws on a value that was altered, moved, or sealed with a secret that has been retired. */
  open(sealed: string, place: string): Promise<string>;
  /** HMAC-SHA256 as hex: compares private data that is not stored. A plain hash of an e-mail address could be guessed. */
  keyedHash(text: string, kind: string): Promise<string>;
  /** The hashes under the current secret and each earlier one: a stored hash is searched for by all of them. */
  keyedHashes(text: string, kind: string): Promise<readonly string[]>;
}

/** New values are sealed and hashed under the current secret; a value that an earlier secret sealed still opens. */
export function createKeyring(secrets: Secrets): Keyring {
  const aes = (key: Uint8Array<ArrayBuffer>) =>
    crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
  const [sealing, ...earlier] = secrets.deriveAll("seal");
  const currentKey = aes(sealing);
  const keys = [currentKey, ...earlier.map(aes)];
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const hashing = (key: Uint8Array<ArrayBuffer>) => crypto.subtle.importKey("raw", key, hmac, false, ["sign"]);
  const [hashSecret, ...earlierHashSecrets] = secrets.deriveAll("hash");
  const currentHashKey = hashing(hashSecret);
  const hashKeys = [currentHashKey, ...earlierHashSecrets.map(hashing)];
  const hashUnder = async (key: Promise<CryptoKey>, text: string, kind: string) =>
    hex(await crypto.subtle.sign("HMAC", await key, utf8.encode(`${kind}\n${text}`)));

  return {
    async seal(text, place) {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const options = { name: "AES-GCM", iv, additionalData: utf8.encode(place) };
      const box = await crypto.subtle.encrypt(options, await currentKey, utf8.encode(text));
      return `v1.${base64url(iv)}.${base64url(new Uint8Array(box))}`;
    },
    async open(sealed, place) {
      const [version, ivText = "", boxText = ""] = sealed.split(".");
      const [iv, box] = [decodeBase64url(ivText), decodeBase64url(boxText)];
      if (version !== "v1" || !iv?.length || !box?.length) throw new Error("not a sealed value");
      const options = { name: "AES-GCM", iv, additionalData: utf8.encode(place) };
      for (const key of keys) {
        const opened = await crypto.subtle.decrypt(options, await key, box).catch(() => undefined);
        if (opened) return new TextDecoder().decode(opened);
      }
      throw new Error("a sealed value does not open");
    },
    keyedHash: (text, kind) => hashUnder(currentHashKey, text, kind),
    keyedHashes: (text, kind) => Promise.all(hashKeys.map((key) => hashUnder(key, text, kind))),
  };
}
