import { createHash } from "node:crypto";
import { invalidInput } from "../../base/problem.ts";
import type { ContentType } from "./file-types.ts";
import { isOfType, SNIFFED_BYTES } from "./file-types.ts";

/** The largest file that a call can contain; a larger one takes an upload link. */
export const MAX_INLINE_BYTES = 16 * 1024;
/** Base64 takes four characters for three bytes. */
export const MAX_INLINE_CHARACTERS = Math.ceil(MAX_INLINE_BYTES / 3) * 4;

/** The decoded body of a call. Throws `invalid_input` where its length, digest or type differs from the announced one. */
export function inlineBody(announced: {
  readonly bodyBase64: string;
  readonly byteCount: number;
  readonly bodySha256: string;
  readonly contentType: ContentType;
}): Uint8Array {
  const body = Uint8Array.from(atob(announced.bodyBase64), (character) => character.charCodeAt(0));
  if (body.length > MAX_INLINE_BYTES) {
    throw invalidInput("bodyBase64", `holds at most ${MAX_INLINE_BYTES} bytes; leave it out to get an upload link`);
  }
  if (body.length !== announced.byteCount) throw invalidInput("byteCount", "is not the length of bodyBase64");
  if (createHash("sha256").update(body).digest("hex") !== announced.bodySha256) {
    throw invalidInput("bodySha256", "is not the SHA-256 of bodyBase64");
  }
  if (!isOfType(announced.contentType, body.subarray(0, SNIFFED_BYTES))) {
    throw invalidInput("contentType", "is not what bodyBase64 holds");
  }
  return body;
}
