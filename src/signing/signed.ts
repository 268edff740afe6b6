import type * as z from "zod";
import { bytesOf } from "../base/base64url.ts";
import { openCompact, signCompact } from "./jws.ts";
import type { SigningKeys } from "./keys.ts";
import { type PublicKey, thumbprint } from "./public-key.ts";

/** A kind of signed statement: its own type keeps one kind from passing for another (RFC 8725 section 3.11). */
export interface Statement<T extends Record<string, unknown>> {
  readonly type: string;
  /** What it is called in messages to people. */
  readonly name: string;
  readonly fields: z.ZodType<T>;
}

/** What became of a check: the statement, proven, with the name of its key; or why it proves nothing. */
export type Checked<T> = { readonly said: T; readonly kid: string } | { readonly fault: string };

/** Signs a statement with the current key, as a compact JWS (RFC 7515 section 7.1). */
export async function sign<T extends Record<string, unknown>>(
  { type }: Statement<T>,
  said: T,
  keys: SigningKeys,
): Promise<string> {
  const header = { alg: "EdDSA", typ: type, kid: await keys.kid() };
  return signCompact(header, said, (input) => keys.sign(input));
}

/**
 * Checks a statement against keys that are trusted already. The key is found by its own thumbprint, never by a name
 * that stands beside it, and the algorithm is ours, whatever the header says (RFC 8725 sections 3.1 and 3.10).
 */
export async function check<T extends Record<string, unknown>>(
  { type, name, fields }: Statement<T>,
  text: string,
  keys: readonly PublicKey[],
): Promise<Checked<T>> {
  const opened = openCompact(text.trim());
  if (!opened) return { fault: `This is no ${name}: it is not a signed text of three parts.` };
  const { header, payload, input, signature } = opened;
  if (header.alg !== "EdDSA" || header.typ !== type || "crit" in header) {
    return { fault: `This is signed, but it is no ${name} of this kind.` };
  }
  for (const key of keys) {
    const kid = await thumbprint(key);
    if (kid !== header.kid) continue;
    // Runtimes differ in whether a signature or key of a wrong length is false or thrown.
    if (!(await fits(key, signature, input).catch(() => false))) {
      return { fault: "The signature does not fit: something in it was changed." };
    }
    const parsed = fields.safeParse(payload);
    return parsed.success
      ? { said: parsed.data, kid }
      : { fault: `It is signed, but its members are not a ${name}'s.` };
  }
  return { fault: "It was signed with a key that is not among the keys to check against." };
}

async function fits(key: PublicKey, signature: Uint8Array<ArrayBuffer>, input: Uint8Array<ArrayBuffer>) {
  const imported = await crypto.subtle.importKey("raw", bytesOf(key.x) ?? new Uint8Array(), "Ed25519", false, [
    "verify",
  ]);
  return crypto.subtle.verify("Ed25519", imported, signature, input);
}
