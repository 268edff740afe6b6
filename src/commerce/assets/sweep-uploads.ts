import { nextVersion } from "../../base/time.ts";
import { insertAudit } from "../../db/audit.ts";
import { GuardFailed } from "../../db/database.ts";
import { abandonedKeys, endUpload, type UploadWithOperation, unfinishedUploads } from "../../db/uploads.ts";
import type { Context } from "../../kernel/context.ts";
import { announcedObject, LINK_LIFE_MS, uploadEntry } from "./upload.ts";

/** An upload is swept an hour after its link has ended: no request to the link is still running then. */
const SWEPT_AFTER_MS = 2 * LINK_LIFE_MS;
/** For a day after an upload's start, each run removes the file of an abandoned upload, which may arrive late. */
const REMOVED_WITHIN_MS = 24 * 3_600_000;
/** Each upload takes three calls. An invocation of a Worker has 1,000, and healing takes 900 of them. */
const AT_ONCE = 30;

interface Swept {
  readonly stored: number;
  readonly abandoned: number;
}

/**
 * Ends uploads that never finished: `stored_private` where the store holds the announced file, else `upload_abandoned`,
 * and the file is removed. May run twice at once and beside an upload: the row's status decides, and changes once.
 */
export async function sweepUploads(ctx: Context): Promise<Swept> {
  const now = ctx.clock.now();
  const { unfinished, abandoned } = await ctx.db.read({
    unfinished: unfinishedUploads(ctx, now - SWEPT_AFTER_MS, AT_ONCE),
    abandoned: abandonedKeys(ctx, now - REMOVED_WITHIN_MS, 1000),
  });
  // `upload_abandoned` is final, so a file under its key belongs to no upload.
  await ctx.assets.remove(abandoned.map(({ key }) => key));
  const ended = { stored: 0, abandoned: 0 };
  for (const found of unfinished) {
    const held = await ctx.assets.holds(announcedObject(found.upload)).catch(() => undefined);
    // The store did not answer: the next run tries again.
    if (held === undefined) continue;
    if (!(await end(found, held, ctx))) continue;
    ended[held ? "stored" : "abandoned"]++;
    if (!held) await ctx.assets.remove([found.upload.r2ObjectKey]);
  }
  return ended;
}

/** False where another call ended the upload first. */
async function end({ upload, operation }: UploadWithOperation, held: boolean, ctx: Context): Promise<boolean> {
  const now = ctx.clock.now();
  const status = held ? "stored_private" : "upload_abandoned";
  const eventKind = held ? "product_asset_upload_stored" : "product_asset_upload_abandoned";
  const by = {
    actorKind: "scheduled_run",
    operationId: operation.id,
    auditCorrelationId: operation.auditCorrelationId,
  } as const;
  try {
    await ctx.db.commit([
      ...endUpload(ctx, upload.id, { status, updatedAt: nextVersion(upload.updatedAt, now) }),
      insertAudit(ctx, uploadEntry(upload, eventKind, status), by, now),
    ]);
    return true;
  } catch (error) {
    if (error instanceof GuardFailed) return false;
    throw error;
  }
}
