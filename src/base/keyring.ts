const utf8 = new TextEncoder();

/** What the keys here are for; each purpose has a key of its own, apart from those of sign-in. */
type KeyPurpose = "seal" | "hash";

/** Keys derived from SERVER_SECRET, and what is done with them. */
export interface Keyring {
  /** Encrypts a text for a place; it opens only there, so a sealed value cannot be moved to another row. */
  seal(text: string, place: string): Promise<string>;
  /** Throws on a value that was altered, moved, or sealed with a secret that has been retired. */
  open(sealed: string, place: string): Promise<string>;
  /** HMAC-SHA256 as hex: compares private data without keeping it. A plain hash of an e-mail can be guessed back. */
  keyedHash(text: string, kind: string): Promise<string>;
}

/** `secrets`: one or two values, the current one first. New values use the first; the second still opens. */
export function createKeyring(secrets: readonly string[]): Keyring {
  const [current] = secrets;
  if (!current) throw new Error("SERVER_SECRET has no value");
  const sealing = secrets.map((secret) => aesKey(secret));
  const hashing = hmacKey(current, "hash");

  return {
    async seal(text, place) {
      const key = await sealing[0];
      if (!key) throw new Error("no sealing key");
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const box = await crypto.subtle.encrypt(
        { name: "AES-GCM", iv, additionalData: utf8.encode(place) },
        key,
        utf8.encode(text),
      );
      return `v1.${base64url(iv)}.${base64url(new Uint8Array(box))}`;
    },
    async open(sealed, place) {
      const [version, iv, box] = sealed.split(".");
      if (version !== "v1" || !iv || !box) throw new Error("not a sealed value");
      for (const pending of sealing) {
        const key = await pending;
        const options = { name: "AES-GCM", iv: bytesOf(iv), additionalData: utf8.encode(place) };
        const opened = await crypto.subtle.decrypt(options, key, bytesOf(box)).catch(() => undefined);
        if (opened) return new TextDecoder().decode(opened);
      }
      throw new Error("a sealed value does not open");
    },
    async keyedHash(text, kind) {
      return hex(await crypto.subtle.sign("HMAC", await hashing, utf8.encode(`${kind}\n${text}`)));
    },
  };
}

/** SHA-256 as hex, of a text in UTF-8 or of bytes as they are. */
export async function sha256(content: string | Uint8Array): Promise<string> {
  return hex(await crypto.subtle.digest("SHA-256", typeof content === "string" ? utf8.encode(content) : content));
}

/** 192 random bits as hex: other spellings hold an underscore, and now and then one looks like a provider's identifier. */
export function randomToken(): string {
  return hex(crypto.getRandomValues(new Uint8Array(24)).buffer);
}

async function aesKey(secret: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", await deriveBits(secret, "seal"), "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function hmacKey(secret: string, purpose: KeyPurpose): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", await deriveBits(secret, purpose), { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
}

/** HKDF-SHA256 (RFC 5869) with the purpose as `info`. */
async function deriveBits(secret: string, purpose: KeyPurpose): Promise<ArrayBuffer> {
  const material = await crypto.subtle.importKey("raw", utf8.encode(secret), "HKDF", false, ["deriveBits"]);
  const options = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8.encode(purpose) };
  return crypto.subtle.deriveBits(options, material, 256);
}

function hex(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
