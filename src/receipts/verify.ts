import { bytesOf, openCompact } from "./jws.ts";
import { type PublicKey, thumbprint } from "./public-key.ts";
import { RECEIPT_TYPE, type Receipt, receiptFields } from "./receipt.ts";

/** What became of a check: the receipt, proven, with the name of its key; or why it proves nothing. */
export type Verified = { readonly receipt: Receipt; readonly kid: string } | { readonly fault: string };

/**
 * Checks a receipt against keys that are trusted already. The key is found by its own thumbprint, never by a name that
 * stands beside it, and the algorithm is ours, whatever the header says (RFC 8725 sections 3.1 and 3.10).
 */
export async function verifyReceipt(text: string, keys: readonly PublicKey[]): Promise<Verified> {
  const opened = openCompact(text.trim());
  if (!opened) return { fault: "This is no receipt: it is not a signed text of three parts." };
  const { header, payload, input, signature } = opened;
  if (header.alg !== "EdDSA" || header.typ !== RECEIPT_TYPE || "crit" in header) {
    return { fault: "This is signed, but it is no receipt of this kind." };
  }
  for (const key of keys) {
    const kid = await thumbprint(key);
    if (kid !== header.kid) continue;
    // Runtimes differ in whether a signature or key of a wrong length is false or thrown.
    if (!(await fits(key, signature, input).catch(() => false))) {
      return { fault: "The signature does not fit: something in it was changed." };
    }
    const receipt = receiptFields.safeParse(payload);
    return receipt.success
      ? { receipt: receipt.data, kid }
      : { fault: "It is signed, but its members are not a receipt's." };
  }
  return { fault: "It was signed with a key that is not among the keys to check against." };
}

async function fits(key: PublicKey, signature: Uint8Array<ArrayBuffer>, input: Uint8Array<ArrayBuffer>) {
  const imported = await crypto.subtle.importKey("raw", bytesOf(key.x) ?? new Uint8Array(), "Ed25519", false, [
    "verify",
  ]);
  return crypto.subtle.verify("Ed25519", imported, signature, input);
}
