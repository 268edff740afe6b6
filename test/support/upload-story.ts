import { uploadProductAsset } from "../../tools/upload-product-asset.ts";
import { CHECKLIST } from "./asset-files.ts";
import type { WriteStory } from "./describe-confirmed-write.ts";
import { ownerDoors } from "./owner-doors.ts";
import { OWNER, type World } from "./world.ts";

/** The common part of the stories of an upload, inline and by link. */
export const uploadStory = {
  actor: OWNER,
  otherInput: () => ({ fileName: "other.pdf" }),
  absent: (input) => ({ ...input, productId: "product-absent" }),
  move: async (world) => {
    await world.all("UPDATE access_products SET updated_at = updated_at + 1");
  },
  doors: (world, person, scopes) => ownerDoors(world, uploadProductAsset, person, scopes),
  bearer: false,
} satisfies Partial<WriteStory>;

/** The fields of the result. */
export const UPLOAD_FIELDS = [
  "id",
  "productId",
  "assetId",
  "fileName",
  "contentType",
  "byteCount",
  "bodySha256",
  "status",
  "updatedAt",
];

/** A call with the owner's confirmation of the current version. */
export async function confirmedUpload(world: World, input: object) {
  const [row] = await world.all<{ updated_at: number }>(
    "SELECT updated_at FROM access_products WHERE id = ?",
    CHECKLIST.productId,
  );
  return {
    input: { ...input },
    confirmationText: "Create private product asset upload intent",
    expectedUpdatedAt: new Date(row?.updated_at ?? 0).toISOString(),
  };
}
