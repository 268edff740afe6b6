import { createHash } from "node:crypto";

/** Bytes of a text, one for each character. */
export const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

export const sha256Of = (body: Uint8Array) => createHash("sha256").update(body).digest("hex");

export const base64Of = (body: Uint8Array) => btoa(String.fromCharCode(...body));

export const CHECKLIST = {
  productId: "product-launch-checklist-download",
  assetId: "asset-launch-checklist-pdf",
  fileName: "launch-checklist.pdf",
  contentType: "application/pdf",
} as const;

/** What a call says of a body beside the body itself. */
export const announced = (body: Uint8Array) => ({
  ...CHECKLIST,
  bodySha256: sha256Of(body),
  byteCount: body.length,
});

let count = 0;
/** A small PDF that no other is equal to. */
export const freshPdf = () => latin(`%PDF-1.7\n% file ${++count} of these tests\n%%EOF\n`);
