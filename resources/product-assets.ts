import { pageOf } from "../src/base/list.ts";
import { isoTime } from "../src/base/time.ts";
import { publicRow } from "../src/db/public-row.ts";
import { productAssetUploads } from "../src/db/schema/index.ts";
import { uploadsPage } from "../src/db/uploads.ts";
import { defineResource } from "../src/kernel/resource.ts";

/** Files that the owner uploaded, newest first: names, types, lengths and digests. Bytes and object keys stay private. */
export const productAssets = defineResource({
  name: "product-assets",
  uri: "commerce://product-assets",
  title: "Product assets",
  description: "Uploaded product files: name, type, length and digest, newest first, in pages by nextUri. The owner's.",
  part: "files",
  readers: ["owner:read"],
  list: true,
  load: ({ after, ctx }) => ({ uploads: uploadsPage(ctx, after) }),
  present({ rows }) {
    const { page, last } = pageOf(rows.uploads, ({ createdAt, id }) => ({ createdAt, id }));
    return {
      items: page.map((row) => ({ ...publicRow(productAssetUploads, row), updatedAt: isoTime(row.updatedAt) })),
      last,
    };
  },
});
