/** The two numbers of an ECDSA signature, each as the bytes of a DER integer. */
interface EcdsaSignature {
  readonly r: Uint8Array;
  readonly s: Uint8Array;
}

/**
 * Reads a signature as WebAuthn has it (level 3, section 6.5.5): a DER sequence of two integers (X.690), of a curve of at most
 * 256 bits. Throws for any other bytes. Whether it is right is decided by the runtime's own verification.
 */
export function readEcdsaSignature(bytes: Uint8Array): EcdsaSignature {
  const [whole, after] = valueAt(bytes, 0, 0x30);
  const [r, second] = valueAt(whole, 0, 0x02);
  const [s, end] = valueAt(whole, second, 0x02);
  if (after !== bytes.length || end !== whole.length) throw new Error("bytes follow the signature");
  return { r, s };
}

/** The value with this tag at a place, in the short form of a length, and the place behind it. */
function valueAt(bytes: Uint8Array, at: number, tag: number): [Uint8Array, number] {
  const length = bytes[at + 1] ?? 0;
  const end = at + 2 + length;
  if (bytes[at] !== tag || length === 0 || length >= 0x80 || end > bytes.length) throw new Error("no DER signature");
  return [bytes.subarray(at + 2, end), end];
}
