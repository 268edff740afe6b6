/** The UTF-8 bytes of a text. */
export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text));

/** Bytes in base64url, and back. */
export const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
export const fromText = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, "base64url"));

/** A whole number in so many bytes, the highest first. */
export function uint(value: number, size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, at) => Math.floor(value / 256 ** (size - 1 - at)) % 256);
}

/** Bytes one after the other. */
export function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** An ECDSA signature in the form that WebAuthn has it in (section 6.5.5): a DER sequence of r and s. */
export function derOf(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const integer = (bytes: Uint8Array) => {
    let at = 0;
    while (at < bytes.length - 1 && bytes[at] === 0) at += 1;
    const short = bytes.slice(at);
    const positive = (short[0] ?? 0) >= 0x80 ? join(uint(0, 1), short) : short;
    return join(uint(0x02, 1), uint(positive.length, 1), positive);
  };
  const both = join(integer(raw.slice(0, 32)), integer(raw.slice(32)));
  return join(uint(0x30, 1), uint(both.length, 1), both);
}

/** What the encoder below can write. */
export type Cbor = number | string | Uint8Array | readonly Cbor[] | Map<Cbor, Cbor>;

/** RFC 8949, as much as an attestation object needs. */
export function cbor(value: Cbor): Uint8Array<ArrayBuffer> {
  const head = (major: number, size: number) => {
    if (size < 24) return uint((major << 5) | size, 1);
    if (size < 0x100) return join(uint((major << 5) | 24, 1), uint(size, 1));
    return join(uint((major << 5) | 25, 1), uint(size, 2));
  };
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string") return join(head(3, bytesOf(value).length), bytesOf(value));
  if (value instanceof Uint8Array) return join(head(2, value.length), value);
  if (value instanceof Map) return join(head(5, value.size), ...[...value].flatMap((pair) => pair.map(cbor)));
  return join(head(4, value.length), ...value.map(cbor));
}
