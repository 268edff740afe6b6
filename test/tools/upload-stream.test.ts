import { createHash } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { MAX_UPLOAD_BYTES } from "../../src/commerce/assets/upload.ts";
import { latin } from "../support/asset-files.ts";
import { openUploadDesk, type UploadDesk } from "../support/upload-desk.ts";

const CHUNK_BYTES = 64 * 1024;
const CHUNKS = MAX_UPLOAD_BYTES / CHUNK_BYTES;
/** What may wait on its way: the first bytes that are looked at, and a few chunks between the streams. */
const CHUNKS_IN_FLIGHT = 8;

let desk: UploadDesk;
beforeAll(async () => {
  desk = await openUploadDesk();
});

/** The n-th chunk of the largest file there may be; no two are alike. */
function chunkOf(index: number): Uint8Array {
  const chunk = new Uint8Array(CHUNK_BYTES);
  new DataView(chunk.buffer).setUint32(CHUNK_BYTES - 4, index);
  if (index === 0) chunk.set(latin("%PDF-1.7\n"));
  return chunk;
}

function digest(): string {
  const hash = createHash("sha256");
  for (let index = 0; index < CHUNKS; index++) hash.update(chunkOf(index));
  return hash.digest("hex");
}

/** A body that is made as it is asked for, and knows how much of it was. */
function largestBody(seen: { made: number }): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      pull(controller) {
        if (seen.made === CHUNKS) controller.close();
        else controller.enqueue(chunkOf(seen.made++));
      },
    },
    { highWaterMark: 0 },
  );
}

const announcedLargest = () => ({ bodySha256: digest(), byteCount: MAX_UPLOAD_BYTES });

test("the largest file is never held: what is taken from the sender waits for the store", async () => {
  const { uploadUrl } = await desk.link(latin("%PDF-1.7\n"), announcedLargest());
  const seen = { made: 0, taken: 0, ahead: 0 };
  const reading = {
    async put(_key: string, body: ReadableStream<Uint8Array>) {
      for await (const chunk of body) {
        seen.taken += chunk.byteLength;
        seen.ahead = Math.max(seen.ahead, seen.made * CHUNK_BYTES - seen.taken);
      }
      return {};
    },
  };
  desk.world.restart({ PRODUCT_ASSETS: reading });
  const stored = await desk.put(uploadUrl, largestBody(seen));
  desk.world.restart({ PRODUCT_ASSETS: desk.bucket.binding });
  expect(stored).toMatchObject({ status: 201, body: { byteCount: 94_371_840, status: "stored_private" } });
  expect(seen.taken).toBe(MAX_UPLOAD_BYTES);
  console.info(`of ${CHUNKS} chunks at most ${seen.ahead / CHUNK_BYTES} were on their way`);
  expect(seen.ahead).toBeLessThanOrEqual(CHUNKS_IN_FLIGHT * CHUNK_BYTES);
});

test("the largest file arrives in the bucket, hashed there", async () => {
  const { id, uploadUrl } = await desk.link(latin("%PDF-1.7\n"), announcedLargest());
  const stored = await desk.put(uploadUrl, largestBody({ made: 0 }), { "Content-Length": String(MAX_UPLOAD_BYTES) });
  expect(stored).toMatchObject({ status: 201, body: { id } });
  const object = await desk.real.head((await desk.row(id)).r2_object_key);
  expect([object?.size, object?.checksums.toJSON().sha256]).toEqual([MAX_UPLOAD_BYTES, digest()]);
  expect(object?.httpMetadata?.contentType).toBe("application/pdf");
});

test("a sender that goes away leaves nothing, and may come again", async () => {
  const { id, uploadUrl } = await desk.link(latin("%PDF-1.7\n"), announcedLargest());
  let made = 0;
  const cut = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (made === 20) controller.error(new Error("connection lost"));
      else controller.enqueue(chunkOf(made++));
    },
  });
  expect((await desk.put(uploadUrl, cut)).status).toBe(400);
  const { status, r2_object_key } = await desk.row(id);
  expect([status, await desk.real.head(r2_object_key)]).toEqual(["upload_pending", null]);
  expect((await desk.put(uploadUrl, largestBody({ made: 0 }))).status).toBe(201);
});
