import { createHash } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { MAX_UPLOAD_BYTES } from "../../src/commerce/assets/upload.ts";
import { latin, sha256Of } from "../support/asset-files.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { ask, deliveringBusiness, type Goods, noted, sellGoods, signedIn, uploadChecklist } from "../support/goods.ts";
import type { Browser } from "../support/oauth.ts";

const CHUNK_BYTES = 64 * 1024;
/** Chunks that may wait between the store and a reader. */
const CHUNKS_IN_FLIGHT = 8;

/** The largest file there may be; no two of its chunks are alike. */
function largest(): Uint8Array {
  const bytes = new Uint8Array(MAX_UPLOAD_BYTES);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < MAX_UPLOAD_BYTES; at += CHUNK_BYTES) view.setUint32(at + CHUNK_BYTES - 4, at);
  bytes.set(latin("%PDF-1.7\n"));
  return bytes;
}

async function digestOf(body: ReadableStream<Uint8Array> | null, hash = createHash("sha256")) {
  let bytes = 0;
  for await (const chunk of body ?? []) {
    hash.update(chunk);
    bytes += chunk.byteLength;
  }
  return { hash, bytes };
}

describeInWorld("the largest file", { business: () => deliveringBusiness() }, (world) => {
  let buyer: Browser;
  let goods: Goods;
  let digest: string;
  beforeAll(async () => {
    const body = largest();
    digest = sha256Of(body);
    await uploadChecklist(world, body);
    goods = await sellGoods(world);
    buyer = await signedIn(world);
  });
  const get = (range?: string) => ask(world, buyer, goods.path, range ? { Range: range } : {});

  test("arrives with the digest of the upload, whole and in parts", async () => {
    const whole = await get();
    expect(whole.headers.get("Content-Length")).toBe(String(MAX_UPLOAD_BYTES));
    const read = await digestOf(whole.body);
    expect([read.bytes, read.hash.digest("hex")]).toEqual([MAX_UPLOAD_BYTES, digest]);
    const hash = createHash("sha256");
    const step = 40_000_001;
    const statuses = [];
    for (let at = 0; at < MAX_UPLOAD_BYTES; at += step) {
      const part = await get(`bytes=${at}-${at + step - 1}`);
      statuses.push(part.status);
      await digestOf(part.body, hash);
    }
    expect([statuses, hash.digest("hex")]).toEqual([[206, 206, 206], digest]);
    expect((await noted(world, goods)).downloads).toBe(2);
  });

  test("is never held: what the store gives waits for the reader", async () => {
    const seen = { given: 0, read: 0, ahead: 0 };
    const giving = {
      async get(_key: string, { range }: { range?: { offset: number; length: number } } = {}) {
        const length = range?.length ?? MAX_UPLOAD_BYTES;
        const body = new ReadableStream<Uint8Array>(
          {
            pull(controller) {
              const next = Math.min(CHUNK_BYTES, length - seen.given);
              seen.given += next;
              if (next === 0) controller.close();
              else controller.enqueue(new Uint8Array(next));
            },
          },
          { highWaterMark: 0 },
        );
        return { body, size: MAX_UPLOAD_BYTES, checksums: { toJSON: () => ({ sha256: digest }) } };
      },
    };
    world.restart({ PRODUCT_ASSETS: giving });
    for (const range of [undefined, "bytes=1000-"]) {
      Object.assign(seen, { given: 0, read: 0, ahead: 0 });
      for await (const chunk of (await get(range)).body ?? []) {
        seen.read += chunk.byteLength;
        seen.ahead = Math.max(seen.ahead, seen.given - seen.read);
      }
      console.info(`of ${seen.read} bytes at most ${seen.ahead} were on their way`);
      expect(seen.read).toBe(range ? MAX_UPLOAD_BYTES - 1000 : MAX_UPLOAD_BYTES);
      expect(seen.ahead).toBeLessThanOrEqual(CHUNKS_IN_FLIGHT * CHUNK_BYTES);
    }
    world.restart();
  });

  test("another body under its key is not given out, and a lost one is told as our fault", async () => {
    const real = world.bindings.PRODUCT_ASSETS;
    const [row] = await world.all<{ r2_object_key: string }>("SELECT r2_object_key FROM product_asset_uploads");
    await real.put(row?.r2_object_key ?? "", latin("%PDF-1.7 another body"));
    world.quiet = true;
    const before = await noted(world, goods);
    for (const method of ["GET", "HEAD"]) {
      const other = await ask(world, buyer, goods.path, {}, method);
      expect([method, other.status]).toEqual([method, 502]);
      expect(await other.text()).not.toContain("another body");
    }
    await real.delete(row?.r2_object_key ?? "");
    const gone = await get();
    expect(gone.status).toBe(502);
    expect(await gone.text()).toContain("The fault is ours");
    expect(world.log.filter(({ code }) => code === "file_missing")).toHaveLength(3);
    expect(await noted(world, goods)).toEqual(before);
    world.quiet = false;
  });
});
