import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Business } from "../seeds/business-shape.ts";
import type { Fault } from "../seeds/faults.ts";
import { isFolder } from "../seeds/folder.ts";

/**
 * Differences between the assets of kind `file` and the folder `files/`, where a business has one: a file there has the name of
 * its asset, with or without an ending.
 */
export function fileWarnings({ files }: Business, folder: string): Fault[] {
  const held = join(folder, "files");
  if (!isFolder(held)) return [];
  const names = readdirSync(held).filter((name) => !name.startsWith("."));
  const isOf = (assetId: string) => (name: string) => name === assetId || name.startsWith(`${assetId}.`);
  const assets = files["access-catalog"].products.flatMap((product, p) =>
    product.assets.flatMap(({ assetId, kind }, a) =>
      kind === "file" ? [{ assetId, isDelivered: product.delivery.enabled, path: ["products", p, "assets", a] }] : [],
    ),
  );
  return [
    ...assets
      .filter(({ assetId }) => !names.some(isOf(assetId)))
      .map(({ assetId, isDelivered, path }) => ({
        file: "access-catalog.json",
        path: [...path, "assetId"],
        message: `must have its file in files/, named ${assetId} with its ending: add it, or upload it once the server runs${isDelivered ? ", with upload_product_asset: its buyers can't download it before" : ""}`,
      })),
    ...names
      .filter((name) => !assets.some(({ assetId }) => isOf(assetId)(name)))
      .map((name) => ({
        file: `files/${name}`,
        path: [],
        message: "is the file of no asset: name it as an assetId of kind file in access-catalog.json, or take it out",
      })),
  ];
}
