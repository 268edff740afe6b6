import { pageOf } from "../base/list.ts";
import { UPLOAD_WORDS } from "../commerce/words.ts";
import { fileAssets } from "../db/access-catalog.ts";
import { uploadsPage } from "../db/uploads.ts";
import { Table } from "../pages/elements.tsx";
import { When } from "../pages/locale.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { Pager, positionOf } from "./paging.tsx";
import { assetPath, operationPath } from "./paths.ts";

/** Uploaded files, newest first, and the assets of the catalog that take one. */
export const assetsPage: ConsolePage = {
  path: "/owner/assets",
  async show(visit, refusal) {
    const { ctx } = visit.site;
    const after = await positionOf(visit);
    const { rows, business } = await readRows(visit, { uploads: uploadsPage(ctx, after), places: fileAssets(ctx) });
    const { page, last } = pageOf(rows.uploads, ({ createdAt, id }) => ({ createdAt, id }));
    const content = (
      <>
        <p class="soft">
          Files are stored privately. Buyers with access can download them where the product is set to deliver.
        </p>
        <Table
          label="Uploaded files"
          head={["File", "Asset", "Type", "Bytes", "State", "Announced"]}
          empty="No file yet."
          rows={page.map((row) => [
            <a href={operationPath(row.operationId)}>{row.fileName}</a>,
            `${row.assetId} of ${row.productId}`,
            row.contentType,
            String(row.byteCount),
            UPLOAD_WORDS[row.status],
            <When at={row.createdAt} />,
          ])}
        />
        <Pager visit={visit} last={last} />
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
    return consolePage(visit, { title: "Product files", business, content, refusal });
  },
};
