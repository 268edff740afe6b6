import type { Context } from "../context.ts";
import { GuardFailed } from "../db/database.ts";
import { insertAudit } from "../db/operations.ts";
import { endUpload, type UploadRow, type UploadWithOperation, uploadByLink } from "../db/uploads.ts";
import { sha256 } from "../kernel/keyring.ts";
import { invalidInput, notFound, Problem } from "../kernel/problem.ts";
import { outcomeUnknown } from "../kernel/run-write.ts";
import { nextVersion } from "../kernel/time.ts";
import { type ContentType, isOfType, SNIFFED_BYTES } from "./file-types.ts";
import { announcedObject, LINK_LIFE_MS, ranOut, uploadEntry, uploadFields } from "./upload.ts";

/** What comes in by a link. */
export interface IncomingBody {
  readonly stream: ReadableStream<Uint8Array> | null;
  /** As the request declares it; undefined where it comes in chunks of no declared sum. */
  readonly length: number | undefined;
}

/**
 * Takes the announced file in by its link: looked at, hashed by the store on the way, never held as a whole.
 * The link ends with the first file that is stored; a try that fails leaves it as it was.
 */
export async function receiveUpload(token: string, incoming: IncomingBody, ctx: Context) {
  const tokenSha256 = await sha256(token);
  const found = await findByLink(tokenSha256, ctx);
  const { upload } = found;
  const expiresIn = upload.createdAt + LINK_LIFE_MS - ctx.clock.now();
  assertUsable(upload, expiresIn);
  if (incoming.length !== undefined && incoming.length !== upload.byteCount) throw otherLength(upload);
  const put = await storeStream(upload, incoming, expiresIn, ctx);
  try {
    return await finish(found, ctx);
  } catch (error) {
    if (!(error instanceof GuardFailed)) throw outcomeUnknown(upload.operationId);
    const { upload: ended } = await findByLink(tokenSha256, ctx);
    if (ended.status === "stored_private" && put === "stored") return uploadFields(ended);
    // Given up while the body was on its way: nothing may be left lying there.
    if (ended.status === "upload_abandoned") await ctx.assets.remove([ended.r2ObjectKey]);
    assertUsable(ended, 0);
    throw ranOut();
  }
}

async function findByLink(tokenSha256: string, ctx: Context): Promise<UploadWithOperation> {
  const [found] = (await ctx.db.read({ found: uploadByLink(ctx, tokenSha256) })).found;
  if (!found) throw notFound();
  return found;
}

function assertUsable(upload: UploadRow, expiresIn: number): void {
  if (upload.status === "stored_private") {
    throw new Problem("ineligible_state", { detail: "This link was used: the announced file is stored." });
  }
  if (upload.status === "upload_abandoned" || expiresIn <= 0) throw ranOut();
}

/** Streams the body into the store. Throws a refusal unless the announced file lies there afterwards. */
async function storeStream(
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
  const cut = await written;
  if (put === "stored") return put;
  if (put === "digest_differs") throw invalidInput("body", "does not have the announced SHA-256");
  const held = await ctx.assets.holds(object).catch(() => undefined);
  if (held) return put ?? "stored";
  // A body of no declared length may end early without a fault: then the store has refused it for that.
  if (put === undefined && (cut || length === undefined)) throw otherLength(upload);
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
    try {
      await writer.write(head);
    } catch (error) {
      await rest.cancel().catch(() => undefined);
      throw error;
    } finally {
      writer.releaseLock();
    }
    await rest.pipeTo(writable, { signal });
  };
  const written = write().then(
    () => false,
    () => true,
  );
  return { readable, written };
}

/** Records that the file is stored, in the name of whoever announced it. */
async function finish({ upload, operation }: UploadWithOperation, ctx: Context) {
  const now = ctx.clock.now();
  const stored = { status: "stored_private", updatedAt: nextVersion(upload.updatedAt, now) } as const;
  await ctx.db.commit([
    ...endUpload(ctx, upload.id, stored),
    insertAudit(ctx, {
      ...uploadEntry(upload, "product_asset_upload_stored", stored.status),
      id: ctx.ids.next("audit-event"),
      ownerUserId: ctx.ownerUserId,
      actorKind: operation.actorKind,
      actorId: operation.actorId,
      clientId: operation.clientId,
      proof: operation.proof,
      operationId: operation.id,
      auditCorrelationId: operation.auditCorrelationId,
      createdAt: now,
    }),
  ]);
  ctx.log({ event: "write", name: operation.writeName, operationId: operation.id, code: stored.status });
  return uploadFields({ ...upload, ...stored });
}

function otherLength({ byteCount }: UploadRow): Problem {
  return invalidInput("body", `must be exactly ${byteCount} bytes, as announced`);
}

function notTaken(): Problem {
  return new Problem("provider_unavailable", {
    detail: "The file store did not take the file. Send it again to the same link.",
    retryAfterSeconds: 2,
  });
}
