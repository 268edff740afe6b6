import { createHash } from "node:crypto";

/** Bytes of a text, one for each character. */
export const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** The SHA-256 of a body, in hex. */
export const sha256Of = (body: Uint8Array) => createHash("sha256").update(body).digest("hex");

/** A body in base64. */
export const base64Of = (body: Uint8Array) => btoa(String.fromCharCode(...body));

/** The asset of the seeds that takes a file, with the name and type of one. */
export const CHECKLIST = {
  productId: "product-launch-checklist-download",
  assetId: "asset-launch-checklist-pdf",
  fileName: "launch-checklist.pdf",
  contentType: "application/pdf",
} as const;

/** The arguments that announce a body: asset, name, type, digest and length. */
export const announced = (body: Uint8Array) => ({
  ...CHECKLIST,
  bodySha256: sha256Of(body),
  byteCount: body.length,
});

let count = 0;
/** A small PDF with content of its own. */
export const freshPdf = () => latin(`%PDF-1.7\n% file ${++count} of these tests\n%%EOF\n`);
