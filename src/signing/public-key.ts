import * as z from "zod";
import { base64url } from "../base/base64url.ts";
import { canonicalJson } from "../base/canonical-json.ts";

/** The members of an Ed25519 key. */
export const publicKeySchema = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  /** 32 bytes in base64url. */
  x: z.string().regex(/^[\w-]{43}$/),
});

/** An Ed25519 public key, reduced to the members that a check needs (RFC 8037 section 2). */
export type PublicKey = z.output<typeof publicKeySchema>;

const setSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** The Ed25519 keys of a key set (RFC 7517 section 5); other keys are left out. Throws for a document that is no key set. */
export function publicKeysOf(document: unknown): readonly PublicKey[] {
  return setSchema.parse(document).keys.flatMap((key) => {
    const parsed = publicKeySchema.safeParse(key);
    return parsed.success ? [parsed.data] : [];
  });
}

/** The id of a key: the SHA-256 of its required members in one spelling (RFC 7638 section 3). */
export async function thumbprint({ crv, kty, x }: PublicKey): Promise<string> {
  const text = new TextEncoder().encode(canonicalJson({ crv, kty, x }));
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", text)));
}
