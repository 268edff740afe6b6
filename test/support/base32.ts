/** The bytes of a key as a page shows it (RFC 4648 section 6), spaces left out. */
export function unbase32(text: string): Uint8Array {
  const bits = [...text.replaceAll(" ", "")].map((letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  );
  return Uint8Array.from(bits.join("").match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}
