import { randomIds } from "../../src/base/ids.ts";
import { sweepUploads } from "../../src/commerce/assets/sweep-uploads.ts";
import { openDatabase } from "../../src/db/database.ts";
import { openAssetStore } from "../../src/kernel/asset-store.ts";
import type { Context } from "../../src/kernel/context.ts";
import { uploadProductAsset } from "../../tools/upload-product-asset.ts";
import { announced, base64Of, freshPdf } from "./asset-files.ts";
import { mcpDoor } from "./doors.ts";
import { lowerProofs } from "./lowered-proofs.ts";
import { confirmedUpload } from "./upload-story.ts";
import { watchBucket } from "./watched-bucket.ts";
import { createWorld, OWNER } from "./world.ts";

/** The answer of `openUploadDesk`. */
export type UploadDesk = Awaited<ReturnType<typeof openUploadDesk>>;

let keys = 0;

/** A world with an owner's agent for uploads, a watched bucket, and a list of every answer. */
export async function openUploadDesk() {
  const world = await createWorld();
  const real = world.bindings.PRODUCT_ASSETS;
  const bucket = watchBucket(real);
  world.restart({ PRODUCT_ASSETS: bucket.binding });
  const answers: string[] = [];
  await lowerProofs(world);
  const door = await mcpDoor(world, uploadProductAsset.name, await world.token(OWNER, "mcp", ["owner:write"]));

  // The sweeper alone: the scheduled run would also finish interrupted calls, at the same time.
  const sweeping = {
    ownerUserId: world.bindings.BUSINESS_OWNER_USER_ID,
    db: openDatabase(world.database.binding),
    clock: world.clock,
    ids: randomIds,
    assets: openAssetStore(bucket.binding),
  } as unknown as Context;

  const desk = {
    sweep: () => sweepUploads(sweeping),
    world,
    bucket,
    answers,
    /** Bound to the bucket itself, for looking at objects. */
    real,
    /** A complete call for a body; `bodyBase64` is there unless a link is wanted. */
    async args(body: Uint8Array, wish: { link?: true } & Record<string, unknown> = {}) {
      const { link, ...over } = wish;
      const input = { ...announced(body), ...(link ? {} : { bodyBase64: base64Of(body) }), ...over };
      const { input: all, ...envelope } = await confirmedUpload(world, input);
      return { ...all, ...envelope, idempotencyKey: `upload-${++keys}` } as Record<string, unknown> & {
        idempotencyKey: string;
      };
    },
    async call(args: Record<string, unknown>) {
      const reply = await door(args);
      answers.push(reply.text);
      return reply;
    },
    /** Announces a body and gets the link for it. */
    async link(body = freshPdf(), over: Record<string, unknown> = {}) {
      const { text, body: answer } = await desk.call(await desk.args(body, { link: true, ...over }));
      const result = answer.result as { id: string; uploadUrl: string; uploadExpiresAt: string } | undefined;
      if (!result) throw new Error(text);
      return { ...result, body };
    },
    /** Sends a body to a link; chunks go without a declared length. */
    async put(url: string, body: Uint8Array | readonly Uint8Array[] | ReadableStream, headers: HeadersInit = {}) {
      const sent = Array.isArray(body) ? streamOf(body) : (body as BodyInit);
      const answer = await world.fetch(url, { method: "PUT", body: sent, headers });
      const text = await answer.text();
      answers.push(text, JSON.stringify([...answer.headers]));
      return { status: answer.status, body: JSON.parse(text) as Record<string, unknown> };
    },
    async row(id: string) {
      const [row] = await world.all<{ id: string; status: string; r2_object_key: string; operation_id: string }>(
        "SELECT * FROM product_asset_uploads WHERE id = ?",
        id,
      );
      if (!row) throw new Error(`no upload ${id}`);
      return row;
    },
    async rowOfKey(idempotencyKey: string) {
      const [row] = await world.all<{ id: string }>(
        "SELECT id FROM product_asset_uploads WHERE idempotency_key = ?",
        idempotencyKey,
      );
      return desk.row(row?.id ?? "");
    },
    /** The state changes of an upload that the audit has, in their order. */
    audit: async (id: string) =>
      (
        await world.all<{ event_kind: string }>(
          "SELECT event_kind FROM payment_audit_events WHERE subject_id = ? ORDER BY created_at, event_kind DESC",
          id,
        )
      ).map(({ event_kind }) => event_kind.replace("product_asset_upload_", "")),
    /** The number of objects in the bucket. */
    objects: async () => (await real.list()).objects.length,
    /** Moves the server's clock by hours. */
    later: (hours: number) => world.skew(hours * 3600),
  };
  return desk;
}

function streamOf(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  const waiting = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const next = waiting.shift();
      if (next) controller.enqueue(next);
      else controller.close();
    },
  });
}
