import * as z from "zod";
import { randomToken, sha256 } from "../src/base/digest.ts";
import * as fields from "../src/base/fields.ts";
import { notFound, Problem } from "../src/base/problem.ts";
import { isoTime, minuteText } from "../src/base/time.ts";
import { uploadContract } from "../src/commerce/assets/contract.ts";
import { assertFileName } from "../src/commerce/assets/file-name.ts";
import { CONTENT_TYPES } from "../src/commerce/assets/file-types.ts";
import { inlineBody, MAX_INLINE_BYTES, MAX_INLINE_CHARACTERS } from "../src/commerce/assets/inline-body.ts";
import { settleInline, storeInline } from "../src/commerce/assets/inline-upload.ts";
import {
  LINK_LIFE_MS,
  MAX_UPLOAD_BYTES,
  productUri,
  uploadEntry,
  uploadFields,
  uploadShape,
} from "../src/commerce/assets/upload.ts";
import { ROUTES } from "../src/commerce/routes.ts";
import { accessProductById, assetsOf } from "../src/db/access-catalog.ts";
import { emailOf } from "../src/db/people.ts";
import { guardFileAsset, insertUpload, newestStored, uploadByKey } from "../src/db/uploads.ts";
import { defineConfirmedWrite, madeBy } from "../src/kernel/confirmed-write.ts";

/** Stores a private file of a product once, as announced. The server delivers it to no buyer. */
export const uploadProductAsset = defineConfirmedWrite({
  name: uploadContract.write,
  contract: uploadContract,
  title: "Upload product asset",
  description:
    "As the owner, store a private file of a product. Read commerce://products/{productId} first: it has the assets, the exact text and updatedAt. A file of up to 16384 bytes goes into bodyBase64; without it you get uploadUrl, a single-use link: PUT the bytes there.",
  scope: "owner:write",
  risk: "records",
  part: "files",
  route: `POST ${uploadContract.route}`,
  unstorable: "bodyBase64",
  input: z.object({
    productId: fields.accessProductId,
    assetId: fields.storableText(200).min(1).describe("Of the kind file"),
    fileName: fields.storableText(200).min(1).describe("With the usual ending of its type"),
    contentType: z.enum(CONTENT_TYPES).describe("Media type"),
    bodySha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hexadecimal digits")
      .describe("SHA-256 as hex"),
    byteCount: z.int().min(1).max(MAX_UPLOAD_BYTES).describe("Length of the file"),
    bodyBase64: z
      .base64("must be base64")
      .min(1, "must not be empty")
      .max(MAX_INLINE_CHARACTERS, `holds at most ${MAX_INLINE_BYTES} bytes; leave it out to get an upload link`)
      .describe("The file, if small")
      .optional(),
  }),
  output: uploadShape.extend({
    uploadUrl: z.string().describe("PUT exactly the announced bytes here, once").optional(),
    uploadExpiresAt: z.string().optional(),
  }),

  forGrant: ["uploadUrl"],

  load: ({ input, actor, idempotencyKey, ctx }) => ({
    product: accessProductById(ctx, input.productId),
    assets: assetsOf(ctx, input.productId),
    upload: uploadByKey(ctx, actor.id, idempotencyKey),
    stored: newestStored(ctx, input),
    person: emailOf(ctx, actor.id),
  }),

  subject({ input, loaded }) {
    const { bodyBase64, ...announced } = input;
    assertFileName(announced.fileName, announced.contentType);
    const body = bodyBase64 === undefined ? undefined : inlineBody({ ...announced, bodyBase64 });
    const [product] = loaded.product;
    const asset = loaded.assets.find(({ assetId }) => assetId === input.assetId);
    if (!product) throw notFound("productId");
    if (!asset) throw notFound("assetId", productUri(product.id));
    return { id: product.id, updatedAt: product.updatedAt, product, asset, body };
  },
  subjectResource: ({ id }) => productUri(id),

  confirmation: () => uploadContract.confirmation(),

  mode: { leftOut: "A file of a product is no sale: buyers of both modes get the same." },

  questionLines: ({ input, subject: { product, asset, body }, loaded: { stored } }) => [
    { label: "Product", value: product.id },
    { label: "Place", value: asset.assetId },
    { label: "File", value: `${input.byteCount} bytes of ${input.contentType}: ${input.fileName}` },
    { label: "SHA-256", value: input.bodySha256 },
    {
      label: "Now",
      value: stored[0] ? `a file of ${minuteText(stored[0].createdAt)}: ${stored[0].fileName}` : "no file is stored",
    },
    {
      label: "Then",
      value: `${body ? "" : "a link takes this file, once; "}it is stored privately, and ${
        product.deliveryEnabled === 1 ? "buyers with access get it" : "no buyer gets it"
      }`,
    },
  ],

  eligible({ subject: { id, asset } }) {
    if (asset.kind === uploadContract.assetKind) return;
    throw new Problem("ineligible_state", {
      detail: `Only an asset of the kind ${uploadContract.assetKind} holds a file.`,
      resource: productUri(id),
    });
  },

  async plan({ input, subject: { product, body }, loaded, operation, ctx }) {
    const { bodyBase64: _, ...announced } = input;
    const token = body ? undefined : randomToken();
    const upload = {
      id: ctx.ids.next("product-asset-upload"),
      ...announced,
      status: "upload_pending" as const,
      ...madeBy(operation, ctx),
      actorUserId: operation.actor.id,
      actorEmailHash: await ctx.keyring.keyedHash(loaded.person[0]?.email.trim().toLowerCase() ?? "", "e-mail"),
      r2ObjectKey: randomToken(),
      confirmationTextSha256: await sha256(uploadContract.confirmation()),
      metadataJson: "{}",
      actorRole: "owner",
      uploadLinkSha256: token ? await sha256(token) : null,
      updatedAt: operation.now,
    };
    const changes = {
      writes: [guardFileAsset(ctx, product, input.assetId, uploadContract.assetKind), insertUpload(ctx, upload)],
      audit: [uploadEntry(upload, "product_asset_upload_started", upload.status)],
    };
    if (body) return { ...changes, pending: { upload, body } };
    return {
      ...changes,
      result: {
        ...uploadFields(upload),
        uploadUrl: `${ctx.publicUrl}${ROUTES.uploads}/${token}`,
        uploadExpiresAt: isoTime(upload.createdAt + LINK_LIFE_MS),
      },
    };
  },

  effect: {
    resume({ input, loaded }) {
      const { bodyBase64, ...announced } = input;
      const [upload] = loaded.upload;
      return upload && bodyBase64 !== undefined
        ? { upload, body: inlineBody({ ...announced, bodyBase64 }) }
        : undefined;
    },
    act: ({ pending, ctx }) => storeInline(pending, ctx),
    settle: async ({ pending, outcome, operation, ctx }) => settleInline(pending, outcome, operation, ctx),
  },
});
