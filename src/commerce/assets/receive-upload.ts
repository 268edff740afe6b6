import { sha256 } from "../../base/digest.ts";
import { notFound, Problem } from "../../base/problem.ts";
import { nextVersion } from "../../base/time.ts";
import { insertAudit, operationSource } from "../../db/audit.ts";
import { GuardFailed } from "../../db/database.ts";
import { endUpload, guardGrantLives, type UploadWithOperation, uploadByLink } from "../../db/uploads.ts";
import type { Context } from "../../kernel/context.ts";
import { outcomeUnknown } from "../../kernel/write-refusals.ts";
import { type IncomingBody, otherLength, storeStream } from "./store-stream.ts";
import { LINK_LIFE_MS, ranOut, uploadEntry, uploadFields } from "./upload.ts";

/**
 * Receives the announced file by its upload link: streamed, its first bytes checked, its digest checked by the store.
 * The link ends with the first file that is stored, and with the grant that asked for it; a failed try leaves it usable.
 */
export async function receiveUpload(token: string, incoming: IncomingBody, ctx: Context) {
  const tokenSha256 = await sha256(token);
  const found = await findByLink(tokenSha256, ctx);
  const { upload } = found;
  const expiresIn = upload.createdAt + LINK_LIFE_MS - ctx.clock.now();
  assertUsable(found, expiresIn);
  if (incoming.length !== undefined && incoming.length !== upload.byteCount) throw otherLength(upload);
  const put = await storeStream(upload, incoming, expiresIn, ctx);
  try {
    return await finish(found, ctx);
  } catch (error) {
    if (!(error instanceof GuardFailed)) throw outcomeUnknown(upload.operationId);
    const now = await findByLink(tokenSha256, ctx);
    const { upload: ended } = now;
    if (ended.status === "stored_private" && put === "stored") return uploadFields(ended);
    // The sweep abandoned the upload, or its grant ended, while the body was on its way: the stored file is removed.
    if (ended.status !== "stored_private") await ctx.assets.remove([ended.r2ObjectKey]);
    assertUsable(now, 0);
    throw ranOut();
  }
}

async function findByLink(tokenSha256: string, ctx: Context): Promise<UploadWithOperation> {
  const [found] = (await ctx.db.read({ found: uploadByLink(ctx, tokenSha256) })).found;
  if (!found) throw notFound();
  return found;
}

function assertUsable({ upload, grantLives }: UploadWithOperation, expiresIn: number): void {
  if (upload.status === "stored_private") {
    throw new Problem("ineligible_state", { detail: "This link was used: the announced file is stored." });
  }
  if (!grantLives) {
    throw new Problem("ineligible_state", { detail: "This link ended with the connection that asked for it." });
  }
  if (upload.status === "upload_abandoned" || expiresIn <= 0) throw ranOut();
}

/** Records that the file is stored, for the actor who announced it. */
async function finish({ upload, operation }: UploadWithOperation, ctx: Context) {
  const now = ctx.clock.now();
  const stored = { status: "stored_private", updatedAt: nextVersion(upload.updatedAt, now) } as const;
  await ctx.db.commit([
    ...endUpload(ctx, upload.id, stored),
    guardGrantLives(ctx, upload),
    insertAudit(
      ctx,
      uploadEntry(upload, "product_asset_upload_stored", stored.status),
      operationSource(operation),
      now,
    ),
  ]);
  ctx.log({ event: "write", name: operation.writeName, operationId: operation.id, code: stored.status });
  return uploadFields({ ...upload, ...stored });
}
