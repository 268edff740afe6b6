import { uploadProductAsset } from "../../tools/upload-product-asset.ts";
import { announced, base64Of, freshPdf } from "../support/asset-files.ts";
import { describeConfirmedWrite } from "../support/describe-confirmed-write.ts";
import { confirmedUpload, UPLOAD_FIELDS, uploadStory } from "../support/upload-story.ts";

// The body comes with the call.
describeConfirmedWrite(uploadProductAsset, {
  ...uploadStory,
  ready(world) {
    const body = freshPdf();
    return confirmedUpload(world, { ...announced(body), bodyBase64: base64Of(body) });
  },
  effects: async (world) =>
    (await world.all("SELECT id FROM product_asset_uploads WHERE status = 'stored_private'")).length,
  result: UPLOAD_FIELDS,
  audit: ["product_asset_upload_started", "product_asset_upload_stored"],
  trips: { first: 3, replay: 1, session: 2 },
});
