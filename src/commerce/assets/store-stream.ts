import { invalidInput, Problem } from "../../base/problem.ts";
import type { UploadRow } from "../../db/uploads.ts";
import type { Context } from "../../kernel/context.ts";
import { outcomeUnknown } from "../../kernel/write-refusals.ts";
import { type ContentType, isOfType, SNIFFED_BYTES } from "./file-types.ts";
import { announcedObject } from "./upload.ts";

/** What comes in by a link. */
export interface IncomingBody {
  readonly stream: ReadableStream<Uint8Array> | null;
  /** As the request declares it; undefined where it comes in chunks of no declared sum. */
  readonly length: number | undefined;
}

/**
 * Streams a body into the store: its first bytes are looked at, the store hashes it on the way, and no more of it than
 * a few chunks is ever held. Throws a refusal unless the announced file lies there afterwards.
 */
export async function storeStream(
  upload: UploadRow,
  { stream, length }: IncomingBody,
  expiresIn: number,
  ctx: Context,
): Promise<"stored" | "taken"> {
  if (!stream) throw otherLength(upload);
  const head = await readHead(stream);
  // The row took its type from the allow-list; nothing else can be in it.
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
  // A declared length was the announced one, and HTTP holds the body to it; without one, the body was of another.
  if (held === false && length === undefined) throw otherLength(upload);
  throw held === undefined ? outcomeUnknown(upload.operationId) : notTaken();
}

/** The first bytes, and no more of the body than the chunks that they came in. */
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

/** The body from its first byte as a stream of exactly one length: a shorter or longer one breaks, and stores nothing. */
function ofLength(byteCount: number, head: Uint8Array, rest: ReadableStream<Uint8Array>, signal: AbortSignal) {
  const { readable, writable } = new FixedLengthStream(byteCount);
  const write = async () => {
    const writer = writable.getWriter();
    // The fault itself comes out of the write below.
    writer.closed.catch(() => undefined);
    // A store that ends without reading leaves the first write waiting for ever.
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
  // A fault on this side breaks the store's side too, which is where it is told.
  return { readable, written: write().catch(() => undefined) };
}

/** For a body that is shorter or longer than was announced. */
export function otherLength({ byteCount }: UploadRow): Problem {
  return invalidInput("body", `must be exactly ${byteCount} bytes, as announced`);
}

function notTaken(): Problem {
  return new Problem("provider_unavailable", {
    detail: "The file store did not take the file. Send it again to the same link.",
    retryAfterSeconds: 2,
  });
}
