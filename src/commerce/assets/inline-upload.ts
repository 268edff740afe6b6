import { Problem } from "../../base/problem.ts";
import { nextVersion } from "../../base/time.ts";
import { endUpload, type UploadRow } from "../../db/uploads.ts";
import type { OperationSeed, Settlement } from "../../kernel/confirmed-write.ts";
import type { Context } from "../../kernel/context.ts";
import { outcomeUnknown, retryAfter } from "../../kernel/write-refusals.ts";
import { announcedObject, ranOut, uploadEntry, uploadFields } from "./upload.ts";

/** A claimed upload whose body came with the call. */
interface InlineUpload {
  readonly upload: UploadRow;
  readonly body: Uint8Array;
}

type StoreOutcome = "stored" | "not_stored" | "unknown";

/** Stores the body under its key. May run many times and at once: the first put stays. */
export async function storeInline({ upload, body }: InlineUpload, ctx: Context): Promise<StoreOutcome> {
  // The sweep may have abandoned the upload meanwhile: a file stored now would stay for good.
  if (upload.status !== "upload_pending") return "not_stored";
  const object = announcedObject(upload);
  const put = await ctx.assets.put(object, body).catch(() => undefined);
  if (put === "stored") return "stored";
  const held = await ctx.assets.holds(object).catch(() => undefined);
  if (held === undefined) return "unknown";
  return held ? "stored" : "not_stored";
}

/** Turns the store's outcome into rows and an answer. An upload that another call or the sweep has ended stays as it is. */
export function settleInline(
  { upload }: InlineUpload,
  outcome: StoreOutcome,
  operation: OperationSeed,
  ctx: Context,
): Settlement<ReturnType<typeof uploadFields>> {
  const unchanged = { writes: [], audit: [] };
  if (upload.status === "stored_private") return { status: "succeeded", result: uploadFields(upload), ...unchanged };
  if (upload.status === "upload_abandoned") return { status: "failed", problem: ranOut(), ...unchanged };
  if (outcome === "unknown")
    return { status: "outcome_unknown", problem: outcomeUnknown(operation.id, operation.age), ...unchanged };
  if (outcome === "not_stored") {
    const detail = "The file store did not take the file. Repeat the call unchanged with the same key.";
    return {
      status: "pending",
      problem: new Problem("provider_unavailable", { detail, retryAfterSeconds: retryAfter(operation.age) }),
      ...unchanged,
    };
  }
  const stored = { status: "stored_private", updatedAt: nextVersion(upload.updatedAt, operation.now) } as const;
  return {
    status: "succeeded",
    result: uploadFields({ ...upload, ...stored }),
    writes: endUpload(ctx, upload.id, stored),
    audit: [uploadEntry(upload, "product_asset_upload_stored", stored.status)],
  };
}
