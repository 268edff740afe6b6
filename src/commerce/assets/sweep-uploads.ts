import { nextVersion } from "../../base/time.ts";
import { insertAudit } from "../../db/audit.ts";
import { GuardFailed } from "../../db/database.ts";
import { abandonedKeys, endUpload, type UploadWithOperation, unfinishedUploads } from "../../db/uploads.ts";
import type { Context } from "../../kernel/context.ts";
import { announcedObject, LINK_LIFE_MS, uploadEntry } from "./upload.ts";

/** An upload is looked at an hour after its link has ended: nothing that still runs by the rules is that old. */
const SWEPT_AFTER_MS = 2 * LINK_LIFE_MS;
/** For how long after its start a file that was given up is looked for, should it have arrived late. */
const REMOVED_WITHIN_MS = 24 * 3_600_000;
/** With three calls each, what the rest of the schedule leaves of an invocation. */
const AT_ONCE = 30;

export interface Swept {
  readonly stored: number;
  readonly abandoned: number;
}

/**
 * Ends uploads that never finished: stored where the announced file lies in its place, else given up, and whatever
 * lies in a given-up one's place removed. May run twice at once and beside an upload: the row decides, and ends once.
 */
export async function sweepUploads(ctx: Context): Promise<Swept> {
  const now = ctx.clock.now();
  const { unfinished, abandoned } = await ctx.db.read({
    unfinished: unfinishedUploads(ctx, now - SWEPT_AFTER_MS, AT_ONCE),
    abandoned: abandonedKeys(ctx, now - REMOVED_WITHIN_MS, 1000),
  });
  // Nothing leaves this state, so that what lies there is nobody's.
  await ctx.assets.remove(abandoned.map(({ key }) => key));
  const ended = { stored: 0, abandoned: 0 };
  for (const found of unfinished) {
    const held = await ctx.assets.holds(announcedObject(found.upload)).catch(() => undefined);
    // Without an answer of the store nothing is decided; the next run looks again.
    if (held === undefined) continue;
    if (!(await end(found, held, ctx))) continue;
    ended[held ? "stored" : "abandoned"]++;
    if (!held) await ctx.assets.remove([found.upload.r2ObjectKey]);
  }
  return ended;
}

/** False where somebody else ended it first. */
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
