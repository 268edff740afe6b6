import type * as z from "zod";
import { decodeBase64url } from "../base/base64url.ts";
import { openCompact, signCompact } from "./jws.ts";
import type { SigningKeys } from "./keys.ts";
import { type PublicKey, thumbprint } from "./public-key.ts";

/** A kind of signed statement. Its `typ` keeps one kind from passing for another (RFC 8725 section 3.11). */
export interface Statement<T extends Record<string, unknown>> {
  readonly type: string;
  /** Its noun in texts for people, such as `receipt`. */
  readonly name: string;
  readonly fields: z.ZodType<T>;
}

/** The result of a check: what the proven statement says with the id of its key, or why the text proves nothing. */
type Checked<T> =
  | { readonly kind: "proven"; readonly said: T; readonly kid: string }
  | { readonly kind: "unproven"; readonly fault: string };

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
 * Checks a statement against trusted keys. The key is found by its own thumbprint, and the algorithm is always Ed25519:
 * the header chooses neither (RFC 8725 sections 3.1 and 3.10).
 */
export async function check<T extends Record<string, unknown>>(
  { type, name, fields }: Statement<T>,
  text: string,
  keys: readonly PublicKey[],
): Promise<Checked<T>> {
  const opened = openCompact(text.trim());
  if (!opened) return unproven(`This is no ${name}: it is not a signed text of three parts.`);
  const { header, payload, input, signature } = opened;
  if (header.alg !== "EdDSA" || header.typ !== type || "crit" in header) {
    return unproven(`This is signed, but it is no ${name} of this kind.`);
  }
  for (const key of keys) {
    const kid = await thumbprint(key);
    if (kid !== header.kid) continue;
    // For a signature or key of a wrong length some runtimes answer false and others throw.
    if (!(await isValid(key, signature, input).catch(() => false))) {
      return unproven("The signature does not fit: something in it was changed.");
    }
    const parsed = fields.safeParse(payload);
    return parsed.success
      ? { kind: "proven", said: parsed.data, kid }
      : unproven(`It is signed, but its members are not a ${name}'s.`);
  }
  return unproven("It was signed with a key that is not among the keys to check against.");
}

const unproven = (fault: string) => ({ kind: "unproven", fault }) as const;

async function isValid(key: PublicKey, signature: Uint8Array<ArrayBuffer>, input: Uint8Array<ArrayBuffer>) {
  const imported = await crypto.subtle.importKey("raw", decodeBase64url(key.x) ?? new Uint8Array(), "Ed25519", false, [
    "verify",
  ]);
  return crypto.subtle.verify("Ed25519", imported, signature, input);
}
