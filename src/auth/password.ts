import { randomBytes, type ScryptOptions, scrypt } from "node:crypto";
import { sameText } from "./keys.ts";

// The parameters and the form (`salt:key` in hex) are better-auth's own, so either can read what the other wrote.
// Its build for Workers computes scrypt in JavaScript; the runtime's native one takes a fraction of that.
const COST: ScryptOptions = { N: 16384, r: 16, p: 1, maxmem: 128 * 16384 * 16 * 2 };
const KEY_BYTES = 64;

/** The hash to store. Runs in Workers and in Node, so that seeds can make one. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16).toString("hex");
  return `${salt}:${await stretch(password, salt)}`;
}

/** Whether the password is the hashed one. A hash that can't be read matches nothing. */
export async function verifyPassword({ hash, password }: { hash: string; password: string }): Promise<boolean> {
  const [salt, key] = hash.split(":");
  if (!salt || !key) return false;
  return sameText(key, await stretch(password, salt));
}

function stretch(password: string, salt: string): Promise<string> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, KEY_BYTES, COST, (error, key) => {
      if (error) reject(error);
      else resolve(key.toString("hex"));
    });
  });
}
