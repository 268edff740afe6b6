import { pageOf } from "../base/list.ts";
import { UPLOAD_WORDS } from "../commerce/words.ts";
import { fileAssets, uploadsPage } from "../db/access-catalog.ts";
import { Table, When } from "../pages/elements.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { olderOf, Pager, positionOf } from "./paging.tsx";

/** Where a file of an asset is uploaded. */
export const assetPath = (productId: string, assetId: string) =>
  `/owner/assets/${encodeURIComponent(productId)}/${encodeURIComponent(assetId)}`;

/** Files that were uploaded, newest first, and the places of the catalog that take one. */
export const assetsPage: ConsolePage = {
  path: "/owner/assets",
  async show(visit, again) {
    const { ctx } = visit.site;
    const after = await positionOf(visit);
    const { rows, business } = await readRows(visit, { uploads: uploadsPage(ctx, after), places: fileAssets(ctx) });
    const { page, last } = pageOf(rows.uploads, ({ createdAt, id }) => ({ createdAt, id }));
    const older = await olderOf(visit, last);
    const content = (
      <>
        <p class="soft">Files are stored privately. Nothing here delivers them to anybody.</p>
        <Table
          label="Uploaded files"
          head={["File", "Asset", "Type", "Bytes", "State", "When"]}
          empty="No file was uploaded yet."
          rows={page.map((row) => [
            <a href={`/owner/operations/${encodeURIComponent(row.operationId)}`}>{row.fileName}</a>,
            `${row.assetId} of ${row.productId}`,
            row.contentType,
            String(row.byteCount),
            UPLOAD_WORDS[row.status],
            <When at={row.createdAt} />,
          ])}
        />
        <Pager visit={visit} older={older} />
        <h2>Upload a small file</h2>
        <ul>
          {rows.places.map(({ asset }) => (
            <li>
              <a href={assetPath(asset.productId, asset.assetId)}>{`${asset.assetId} of ${asset.productId}`}</a>
            </li>
          ))}
        </ul>
      </>
    );
    return consolePage(visit, { title: "Product files", business, content, again });
  },
};
