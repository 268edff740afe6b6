/** Crockford's base 32: it has no I, L, O and U, so that a number can be read aloud. */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** The hexadecimal digits at the end of an id that make its number: 40 bits. */
const HEX_DIGITS = 10;

/**
 * The number of an order, as people say it: `K7QM-2F9D`, made of the last 40 bits of its id. Two of 100,000 orders have the
 * same number once in 200 shops, so a number finds a list.
 */
export function orderNumberOf(checkoutIntentId: string): string {
  let rest = BigInt(`0x${checkoutIntentId.slice(-HEX_DIGITS)}`);
  let number = "";
  for (let place = 0; place < 8; place++) {
    number = (DIGITS[Number(rest & 31n)] ?? "") + number;
    rest >>= 5n;
  }
  return `${number.slice(0, 4)}-${number.slice(4)}`;
}

/** The last digits of the ids of a number, as a person typed it: with or without the hyphen, with O for 0. Undefined for other texts. */
export function idEndOf(typed: string): string | undefined {
  const number = typed.toUpperCase().replaceAll(/[\s-]/g, "").replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  if (!/^[0-9A-HJKMNP-TV-Z]{8}$/.test(number)) return undefined;
  let value = 0n;
  for (const digit of number) value = value * 32n + BigInt(DIGITS.indexOf(digit));
  return value.toString(16).padStart(HEX_DIGITS, "0");
}
