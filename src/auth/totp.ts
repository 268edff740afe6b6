import { createHmac, timingSafeEqual } from "node:crypto";

const STEP_SECONDS = 30;
const DIGITS = 6;
/** A code is accepted one step early or late too: clocks differ, and people type slowly (RFC 6238 section 5.2). */
const SKEW = [0, -1, 1];
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The code of a time step (RFC 4226 section 5.3, RFC 6238 section 4); exported for the tests' authenticator app. */
export function codeOf(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", secret).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 15;
  const number = (mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** DIGITS;
  return String(number).padStart(DIGITS, "0");
}

/** The time step of epoch milliseconds; exported for the tests' authenticator app. */
export function stepAt(now: number): number {
  return Math.floor(now / 1000 / STEP_SECONDS);
}

/** The time step of a code, if it is near now and later than the last step used; undefined for any other code. */
export function stepOf(secret: Uint8Array, code: string, now: number, lastStep: number): number | undefined {
  const given = Buffer.from(code);
  return SKEW.map((skew) => stepAt(now) + skew).find((step) => {
    if (step <= lastStep) return false;
    const expected = Buffer.from(codeOf(secret, step));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** Bytes in base32 (RFC 4648 section 6), the form in which a key is typed into an app. */
export function base32(bytes: Uint8Array): string {
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  return Array.from(bits.match(/.{1,5}/g) ?? [], (five) => BASE32[Number.parseInt(five.padEnd(5, "0"), 2)]).join("");
}

/** The address that opens an authenticator app on the same device. */
export function otpauthUrl(secret: Uint8Array, issuer: string, account: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?${new URLSearchParams({ secret: base32(secret), issuer })}`;
}
