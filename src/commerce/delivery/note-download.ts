import { DAY_MS } from "../../base/time.ts";
import { type AuditSource, insertAudit } from "../../db/audit.ts";
import { guardThat } from "../../db/database.ts";
import { countDownload, type FileIds, type FileRow, isFirstDownloadSince } from "../../db/files.ts";
import type { Context } from "../../kernel/context.ts";

/**
 * Counts a download that begins. The first of a file, an entitlement and a UTC day is audited too: the audit is kept for
 * good under its seal, so repeating a download must not make it grow.
 */
export async function noteDownload(ids: FileIds, row: FileRow, by: AuditSource, ctx: Context): Promise<void> {
  const now = ctx.clock.now();
  const today = now - (now % DAY_MS);
  const { checkoutIntentId } = row;
  const counted = countDownload(ctx, { ...ids, checkoutIntentId }, now);
  if (row.lastDownloadAt !== null && row.lastDownloadAt >= today) return ctx.db.commit([counted]);
  const entry = {
    eventKind: "product_file_downloaded",
    subjectId: ids.entitlementId,
    subjectStatus: row.status,
    checkoutIntentId,
    summary: "A file of a purchase was downloaded by the holder of its access.",
    metadata: { assetId: ids.assetId, uploadId: row.upload.id },
  } as const;
  const guard = await ctx.db.tryCommit([
    guardThat(ctx.db, isFirstDownloadSince(ctx, ids, today), "downloaded_today"),
    counted,
    insertAudit(ctx, entry, by, now),
  ]);
  // Another download of the same file began in between, and is the one that is audited.
  if (guard) await ctx.db.commit([countDownload(ctx, { ...ids, checkoutIntentId }, now)]);
}
