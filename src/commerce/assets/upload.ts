import * as z from "zod";
import { Problem } from "../../base/problem.ts";
import { isoTime } from "../../base/time.ts";
import type { AuditEntry } from "../../db/audit.ts";
import { UPLOAD_STATUSES } from "../../db/schema/vocabulary.ts";
import type { UploadRow } from "../../db/uploads.ts";
import type { AnnouncedObject } from "../../kernel/asset-store.ts";
import { uploadContract } from "./contract.ts";

/** 90 MiB: under the 100 MB that the platform takes in one request. */
export const MAX_UPLOAD_BYTES = 90 * 1024 * 1024;
/** The life of an upload link; the whole body has to arrive within it. */
export const LINK_LIFE_MS = 3_600_000;

/** The public fields of an upload, as they are answered. */
export const uploadShape = z.object({
  id: z.string().describe("The upload"),
  productId: z.string(),
  assetId: z.string(),
  fileName: z.string(),
  contentType: z.string(),
  byteCount: z.int(),
  bodySha256: z.string(),
  status: z.enum(UPLOAD_STATUSES),
  updatedAt: z.string(),
});

/** The public fields of an upload. Its bytes, object key and link stay private. */
export function uploadFields(row: UploadRow): z.output<typeof uploadShape> {
  const { id, productId, assetId, fileName, contentType, byteCount, bodySha256, status } = row;
  return {
    id,
    productId,
    assetId,
    fileName,
    contentType,
    byteCount,
    bodySha256,
    status,
    updatedAt: isoTime(row.updatedAt),
  };
}

export function announcedObject(row: UploadRow): AnnouncedObject {
  return { key: row.r2ObjectKey, byteCount: row.byteCount, sha256: row.bodySha256, contentType: row.contentType };
}

export const productUri = (productId: string) => `commerce://products/${encodeURIComponent(productId)}`;

const SUMMARIES = {
  product_asset_upload_started: "The owner announced a private product file.",
  product_asset_upload_stored: "A private product file was stored as announced.",
  product_asset_upload_abandoned: "A product file was announced and never arrived.",
} as const satisfies Partial<Record<AuditEntry["eventKind"], string>>;

/** One state change of an upload, for the audit. */
export function uploadEntry(
  row: UploadRow,
  eventKind: keyof typeof SUMMARIES,
  subjectStatus: UploadRow["status"],
): AuditEntry {
  return { eventKind, subjectId: row.id, subjectStatus, summary: SUMMARIES[eventKind] };
}

/** The refusal of an upload that did not finish in time. */
export function ranOut(): Problem {
  return new Problem("ineligible_state", {
    detail: `This upload ran out and was given up. Call ${uploadContract.write} again with a new key.`,
  });
}
