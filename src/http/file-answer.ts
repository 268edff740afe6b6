import type { FileRow } from "../db/files.ts";
import { securityHeaders } from "../pages/security-headers.ts";
import { type AskedPart, askedPart } from "./byte-range.ts";
import { attachment } from "./content-disposition.ts";

/** How a request for a file is answered, before its bytes are read. */
type FilePlan =
  | { readonly kind: "ready"; readonly response: Response }
  | { readonly kind: "read"; readonly status: 200 | 206; readonly part: Exclude<AskedPart, "whole" | "none"> };

type Upload = FileRow["upload"];

/**
 * Preconditions and range in the order of RFC 9110 section 13.2.2. The ETag is strong: the SHA-256 of the body. `Range` counts
 * for GET alone, and only where `If-Range` names this body: a file that was replaced starts again.
 */
export function planOf({ method, headers }: Request, upload: Upload, publicUrl: string): FilePlan {
  const etag = etagOf(upload);
  const ready = (status: number, more: Record<string, string> = {}): FilePlan => ({
    kind: "ready",
    response: new Response(null, { status, headers: { ...fileHeaders(upload, publicUrl), ...more } }),
  });
  const match = headers.get("If-Match");
  if (match !== null && !names(match, etag, "strongly")) return ready(412);
  const noneMatch = headers.get("If-None-Match");
  if (noneMatch !== null && names(noneMatch, etag, "weakly")) return ready(304);
  const ifRange = headers.get("If-Range");
  const counts = method === "GET" && (ifRange === null || ifRange.trim() === etag);
  const part = askedPart(counts ? headers.get("Range") : null, upload.byteCount);
  if (part === "none") return ready(416, { "Content-Range": `bytes */${upload.byteCount}` });
  if (part === "whole") return { kind: "read", status: 200, part: { offset: 0, length: upload.byteCount } };
  return { kind: "read", status: 206, part };
}

/** The answer with bytes; `body` is null for HEAD. */
export function answerOf(
  { status, part }: Extract<FilePlan, { kind: "read" }>,
  upload: Upload,
  publicUrl: string,
  body: ReadableStream<Uint8Array> | null,
): Response {
  const last = part.offset + part.length - 1;
  const headers = {
    ...fileHeaders(upload, publicUrl),
    "Content-Type": upload.contentType,
    "Content-Disposition": attachment(upload.fileName),
    "Content-Length": String(part.length),
    ...(status === 206 && { "Content-Range": `bytes ${part.offset}-${last}/${upload.byteCount}` }),
  };
  return new Response(body, { status, headers });
}

const etagOf = ({ bodySha256 }: Upload) => `"${bodySha256}"`;

/**
 * Headers of every answer about a file: it is saved, never run, framed, sniffed or kept by a cache. `no-transform`: a
 * compression on the way would take its length and make its ETag weak, so that no download could be resumed.
 */
function fileHeaders(upload: Upload, publicUrl: string): Record<string, string> {
  return {
    ...securityHeaders(publicUrl),
    "Cache-Control": "private, no-store, no-transform",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Accept-Ranges": "bytes",
    ETag: etagOf(upload),
  };
}

/** Whether a list of entity tags holds this one (RFC 9110 section 8.8.3.2). `*` is every stored file. */
function names(list: string, etag: string, compared: "strongly" | "weakly"): boolean {
  return list
    .split(",")
    .map((tag) => tag.trim())
    .some((tag) => tag === "*" || tag === etag || (compared === "weakly" && tag === `W/${etag}`));
}
