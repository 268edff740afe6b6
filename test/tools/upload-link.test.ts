import { uploadProductAsset } from "../../tools/upload-product-asset.ts";
import { announced, freshPdf } from "../support/asset-files.ts";
import { describeConfirmedWrite } from "../support/describe-confirmed-write.ts";
import { confirmedUpload, UPLOAD_FIELDS, uploadStory } from "../support/upload-story.ts";

// The body comes by a link.
describeConfirmedWrite(uploadProductAsset, {
  ...uploadStory,
  ready: (world) => confirmedUpload(world, announced(freshPdf())),
  effects: async (world) =>
    (await world.all("SELECT id FROM product_asset_uploads WHERE upload_link_sha256 IS NOT NULL")).length,
  result: [...UPLOAD_FIELDS, "uploadUrl", "uploadExpiresAt"],
  audit: ["product_asset_upload_started"],
  trips: { first: 2, replay: 1, session: 2 },
});
