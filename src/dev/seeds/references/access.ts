import type { Business } from "../business-shape.ts";
import type { Fault } from "../faults.ts";
import { checker, type Path } from "./checker.ts";

/** Faults among access products, their templates and rules, and the prices that grant them. */
export function accessFaults({ files }: Business): Fault[] {
  const catalog = files["access-catalog"];
  const priceById = new Map(files.prices.prices.map((price) => [price.id, price]));
  const rules = new Set(catalog.accessRules);
  const productById = new Map(catalog.products.map((product) => [product.id, product]));
  const templates = new Map(catalog.products.map((product) => [product.entitlementTemplateId, product]));

  const ofCatalog = checker("access-catalog.json");
  ofCatalog.unique(catalog.accessRules, (index) => ["accessRules", index]);
  ofCatalog.unique(
    catalog.products.map((product) => product.id),
    (index) => ["products", index, "id"],
  );
  ofCatalog.unique(
    catalog.products.map((product) => product.entitlementTemplateId),
    (index) => ["products", index, "entitlementTemplateId"],
  );
  for (const [p, product] of catalog.products.entries()) {
    for (const [r, rule] of product.accessRuleIds.entries()) {
      ofCatalog.known(["products", p, "accessRuleIds", r], rule, rules, "an access rule", "access-catalog.json");
    }
    ofCatalog.unique(
      product.assets.map((asset) => asset.assetId),
      (index) => ["products", p, "assets", index, "assetId"],
    );
  }
  ofCatalog.unique(
    catalog.grantMaps.map((map) => map.id),
    (index) => ["grantMaps", index, "id"],
  );
  for (const [index, map] of catalog.grantMaps.entries()) {
    const at = (field: string): Path => ["grantMaps", index, field];
    ofCatalog.known(at("priceId"), map.priceId, priceById, "a price", "prices.json");
    const price = priceById.get(map.priceId);
    if (price && price.productId !== map.sourceCommerceProductId) {
      ofCatalog.fail(at("sourceCommerceProductId"), `must be the product of ${map.priceId}`);
    }
    grantable(ofCatalog, at, map);
  }

  const ofContent = checker("protected-content.json");
  const { sections } = files["protected-content"];
  ofContent.unique(
    sections.map((section) => section.id),
    (index) => ["sections", index, "id"],
  );
  for (const [index, section] of sections.entries()) {
    const at = (field: string): Path => ["sections", index, field];
    ofContent.known(at("productId"), section.productId, productById, "an access product", "access-catalog.json");
    const assets = productById.get(section.productId)?.assets ?? [];
    const assetIds = new Set(assets.map((asset) => asset.assetId));
    if (productById.has(section.productId))
      ofContent.known(at("assetId"), section.assetId, assetIds, "one of its assets", "access-catalog.json");
    ofContent.known(
      at("entitlementTemplateId"),
      section.entitlementTemplateId,
      templates,
      "an entitlement template",
      "access-catalog.json",
    );
  }

  const ofRevocation = checker("revocation.json");
  const { revocationIntents } = files.revocation;
  ofRevocation.unique(
    revocationIntents.map((intent) => intent.id),
    (index) => ["revocationIntents", index, "id"],
  );
  for (const [index, intent] of revocationIntents.entries()) {
    grantable(ofRevocation, (field) => ["revocationIntents", index, field], intent);
  }
  return [...ofCatalog.faults, ...ofContent.faults, ...ofRevocation.faults];

  /** Checks that the template is of the product, and the rule of the template. */
  function grantable(
    { known, fail }: ReturnType<typeof checker>,
    at: (field: string) => Path,
    row: { productId: string; entitlementTemplateId: string; accessRuleId: string },
  ): void {
    known(at("productId"), row.productId, productById, "an access product", "access-catalog.json");
    known(
      at("entitlementTemplateId"),
      row.entitlementTemplateId,
      templates,
      "an entitlement template",
      "access-catalog.json",
    );
    known(at("accessRuleId"), row.accessRuleId, rules, "an access rule", "access-catalog.json");
    const product = templates.get(row.entitlementTemplateId);
    if (product && productById.has(row.productId) && product.id !== row.productId) {
      fail(at("entitlementTemplateId"), `must be the template of ${row.productId}`);
    }
    if (product && rules.has(row.accessRuleId) && !product.accessRuleIds.includes(row.accessRuleId)) {
      fail(at("accessRuleId"), `must be a rule of ${row.entitlementTemplateId}`);
    }
  }
}
