import { invalidInput, Problem } from "../../base/problem.ts";
import type { UploadRow } from "../../db/uploads.ts";
import type { Context } from "../../kernel/context.ts";
import { outcomeUnknown } from "../../kernel/write-refusals.ts";
import { type ContentType, isOfType, SNIFFED_BYTES } from "./file-types.ts";
import { announcedObject } from "./upload.ts";

/** The body of a request to an upload link. */
export interface IncomingBody {
  readonly stream: ReadableStream<Uint8Array> | null;
  /** `Content-Length` in bytes; undefined for a chunked body. */
  readonly length: number | undefined;
}

/**
 * Streams a body into the store: its first bytes are checked for the type, the store checks the digest, and memory holds
 * a few chunks at most. Throws a refusal unless the store holds the announced file afterwards.
 */
export async function storeStream(
  upload: UploadRow,
  { stream, length }: IncomingBody,
  expiresIn: number,
  ctx: Context,
): Promise<"stored" | "taken"> {
  if (!stream) throw otherLength(upload);
  const head = await readHead(stream);
  // The row's type comes from the allow-list.
  if (!isOfType(upload.contentType as ContentType, head.bytes.subarray(0, SNIFFED_BYTES))) {
    await stream.cancel().catch(() => undefined);
    throw invalidInput("body", `is not ${upload.contentType}, as was announced`);
  }
  const object = announcedObject(upload);
  const settled = new AbortController();
  const signal = AbortSignal.any([settled.signal, AbortSignal.timeout(expiresIn)]);
  const { readable, written } = ofLength(upload.byteCount, head.bytes, stream, signal);
  const put = await ctx.assets
    .put(object, readable)
    .catch(() => undefined)
    .finally(() => settled.abort());
  await written;
  if (put === "stored") return put;
  if (put === "digest_differs") throw invalidInput("body", "does not have the announced SHA-256");
  const held = await ctx.assets.holds(object).catch(() => undefined);
  if (held) return put ?? "stored";
  // HTTP holds a body to its declared length, which equals the announced one; only a chunked body can differ.
  if (held === false && length === undefined) throw otherLength(upload);
  throw held === undefined ? outcomeUnknown(upload.operationId) : notTaken();
}

/** Reads chunks until it has the first `SNIFFED_BYTES` bytes or the body ends. */
async function readHead(stream: ReadableStream<Uint8Array>): Promise<{ bytes: Uint8Array }> {
  const reader = stream.getReader();
  let bytes = new Uint8Array();
  while (bytes.length < SNIFFED_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    const longer = new Uint8Array(bytes.length + value.length);
    longer.set(bytes);
    longer.set(value, bytes.length);
    bytes = longer;
  }
  reader.releaseLock();
  return { bytes };
}

/** The body as a stream of exactly `byteCount` bytes: a shorter or longer body breaks the stream, and nothing is stored. */
function ofLength(byteCount: number, head: Uint8Array, rest: ReadableStream<Uint8Array>, signal: AbortSignal) {
  const { readable, writable } = new FixedLengthStream(byteCount);
  const write = async () => {
    const writer = writable.getWriter();
    // `writer.write` rejects with the same fault.
    writer.closed.catch(() => undefined);
    // Without this, a store that ends before it reads leaves the first write waiting for ever.
    const giveUp = () => void writer.abort(signal.reason).catch(() => undefined);
    signal.addEventListener("abort", giveUp);
    try {
      await writer.write(head);
    } catch (error) {
      await rest.cancel().catch(() => undefined);
      throw error;
    } finally {
      signal.removeEventListener("abort", giveUp);
      writer.releaseLock();
    }
    await rest.pipeTo(writable, { signal });
  };
  // The store reads `readable`, so its `put` rejects with the same fault.
  return { readable, written: write().catch(() => undefined) };
}

/** The refusal of a body that is shorter or longer than announced. */
export function otherLength({ byteCount }: UploadRow): Problem {
  return invalidInput("body", `must be exactly ${byteCount} bytes, as announced`);
}

function notTaken(): Problem {
  return new Problem("provider_unavailable", {
    detail: "The file store did not take the file. Send it again to the same link.",
    retryAfterSeconds: 2,
  });
}
