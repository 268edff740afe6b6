import { createHash } from "node:crypto";
import { invalidInput, notFound } from "../base/problem.ts";
import { uploadContract } from "../commerce/assets/contract.ts";
import { CONTENT_TYPES, FILE_TYPES } from "../commerce/assets/file-types.ts";
import { MAX_INLINE_BYTES } from "../commerce/assets/inline-body.ts";
import { accessProductById, assetsOf } from "../db/access-catalog.ts";
import { Facts } from "../pages/elements.tsx";
import { ConfirmedForm, runConsoleWrite } from "./confirmed-form.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";

/** The form that stores a small file of an asset; a larger file takes the upload link of the tool. */
export const assetPage: ConsolePage = {
  path: "/owner/assets/:productId/:assetId",

  async show(visit, refusal) {
    const { ctx } = visit.site;
    const { productId = "", assetId = "" } = visit.params;
    const { rows, business } = await readRows(visit, {
      product: accessProductById(ctx, productId),
      assets: assetsOf(ctx, productId),
    });
    const [product] = rows.product;
    const asset = rows.assets.find((candidate) => candidate.assetId === assetId);
    if (!product || asset?.kind !== uploadContract.assetKind) throw notFound();
    const content = (
      <>
        <Facts
          facts={[
            ["Product", product.id],
            ["Asset", asset.assetId],
          ]}
        />
        <ConfirmedForm
          visit={visit}
          refusal={refusal}
          updatedAt={product.updatedAt}
          text={uploadContract.confirmation()}
          button="Store the file"
          takesFile
        >
          <label for="file">File</label>
          <input
            id="file"
            name="file"
            type="file"
            required
            accept={CONTENT_TYPES.flatMap((type) => FILE_TYPES[type].extensions.map((ending) => `.${ending}`)).join()}
            aria-describedby="file-hint"
          />
          <small
            id="file-hint"
            class="soft"
          >{`At most ${MAX_INLINE_BYTES / 1024} KiB. A stored file is not shown again.`}</small>
        </ConfirmedForm>
      </>
    );
    return consolePage(visit, { title: "Upload a file", business, content, refusal });
  },

  async submit(form, visit) {
    const { productId, assetId } = visit.params;
    const { file } = form;
    if (!file || file.size === 0) throw invalidInput("file", "choose a file");
    if (file.size > MAX_INLINE_BYTES) throw invalidInput("file", `must have at most ${MAX_INLINE_BYTES} bytes`);
    const body = Buffer.from(await file.arrayBuffer());
    const answer = await runConsoleWrite(
      uploadContract.write,
      form,
      {
        productId,
        assetId,
        fileName: file.name,
        contentType: typeOf(file.name),
        bodySha256: createHash("sha256").update(body).digest("hex"),
        byteCount: body.length,
        bodyBase64: body.toString("base64"),
      },
      visit,
    );
    return `/owner/assets?done=${answer.operationId}`;
  },
};

/** By the ending, as the write checks it: the type that a browser names depends on its machine. */
function typeOf(fileName: string): string | undefined {
  const lower = fileName.toLowerCase();
  return CONTENT_TYPES.find((type) => FILE_TYPES[type].extensions.some((ending) => lower.endsWith(`.${ending}`)));
}
