import { tableDeclarations } from "../../db/schema/declare.ts";
import "../../db/schema/index.ts";
import { STRIPE_SECRET_NAMES } from "../../commerce/secret-names.ts";
import type { Business } from "./business.ts";
import type { Fault } from "./faults.ts";

/** What each file says about ids of another, and what must hold between rows. Every file's own fields are checked before. */
export function referenceFaults(business: Business): Fault[] {
  return [
    ...catalogFaults(business),
    ...planFaults(business),
    ...accessFaults(business),
    ...affiliateFaults(business),
    ...proseFaults(business),
  ];
}

type Path = readonly PropertyKey[];

/** Collects the faults of one file. */
function checker(file: string) {
  const faults: Fault[] = [];
  const fail = (path: Path, message: string): void => void faults.push({ file, path, message });
  return {
    faults,
    fail,
    known(path: Path, id: string, ids: { has(id: string): boolean }, what: string): void {
      if (!ids.has(id)) fail(path, `must be the id of ${what}: ${id} is unknown`);
    },
    unique(values: readonly string[], path: (index: number) => Path): void {
      const seen = new Set<string>();
      for (const [index, value] of values.entries()) {
        if (seen.has(value)) fail(path(index), `must be unique: ${value} stands there before`);
        seen.add(value);
      }
    },
  };
}

function catalogFaults({ files }: Business): Fault[] {
  const { products } = files.products;
  const { prices } = files.prices;
  const { stacks } = files.offers;
  const productIds = new Set(products.map((product) => product.id));
  const priceById = new Map(prices.map((price) => [price.id, price]));

  const ofProducts = checker("seeds/business/products.json");
  ofProducts.unique(
    products.map((product) => product.id),
    (index) => ["products", index, "id"],
  );
  ofProducts.unique(
    products.map((product) => product.slug),
    (index) => ["products", index, "slug"],
  );

  const ofPrices = checker("seeds/business/prices.json");
  ofPrices.unique(
    prices.map((price) => price.id),
    (index) => ["prices", index, "id"],
  );
  for (const [index, price] of prices.entries()) {
    ofPrices.known(["prices", index, "productId"], price.productId, productIds, "a product");
  }

  const ofOffers = checker("seeds/business/offers.json");
  if (stacks.length === 0) ofOffers.fail(["stacks"], "must hold at least one stack");
  ofOffers.unique(
    stacks.map((stack) => stack.id),
    (index) => ["stacks", index, "id"],
  );
  const flat = stacks.flatMap((stack, s) =>
    stack.offers.map((offer, o) => ({ offer, path: ["stacks", s, "offers", o] })),
  );
  for (const field of ["id", "publicOfferId"] as const) {
    ofOffers.unique(
      flat.map(({ offer }) => offer[field]),
      (index) => [...(flat[index]?.path ?? []), field],
    );
  }
  for (const { offer, path } of flat) {
    ofOffers.known([...path, "productId"], offer.productId, productIds, "a product");
    ofOffers.known([...path, "priceId"], offer.priceId, priceById, "a price");
    const price = priceById.get(offer.priceId);
    if (price && price.productId !== offer.productId) {
      ofOffers.fail([...path, "priceId"], `must be a price of ${offer.productId}`);
    }
  }
  for (const [index, stack] of stacks.entries()) {
    const path = ["stacks", index, "offers"];
    const count = (role: string) => stack.offers.filter((offer) => offer.role === role).length;
    if (count("primary") !== 1) ofOffers.fail(path, "must hold exactly one primary offer");
    for (const role of ["upsell", "downsell"]) {
      if (count(role) > 1) ofOffers.fail(path, `must hold at most one ${role}`);
    }
    const currencies = new Set(stack.offers.flatMap((offer) => priceById.get(offer.priceId)?.currency ?? []));
    if (currencies.size > 1) ofOffers.fail(path, "must be priced in one currency");
  }
  return [...ofProducts.faults, ...ofPrices.faults, ...ofOffers.faults];
}

function planFaults({ files }: Business): Fault[] {
  const { plans } = files.plans;
  const priceById = new Map(files.prices.prices.map((price) => [price.id, price]));
  const { faults, fail, known, unique } = checker("seeds/business/plans.json");
  unique(
    plans.map((plan) => plan.slug),
    (index) => ["plans", index, "slug"],
  );
  for (const [index, plan] of plans.entries()) {
    const at = (field: string): Path => ["plans", index, field];
    if (plan.status === "contact") {
      for (const field of ["productId", "priceId", "setupPriceId"] as const) {
        if (plan[field] !== null) fail(at(field), "must be null on a contact plan");
      }
      if (plan.billingInterval !== "contact") fail(at("billingInterval"), "must be contact on a contact plan");
      continue;
    }
    if (plan.priceId === null || plan.productId === null) {
      fail(at(plan.priceId === null ? "priceId" : "productId"), "must be set on a self-serve plan");
      continue;
    }
    known(at("priceId"), plan.priceId, priceById, "a price");
    const price = priceById.get(plan.priceId);
    if (price && price.billingInterval !== plan.billingInterval) {
      fail(at("priceId"), `must be a price billed by ${plan.billingInterval}`);
    }
    if (price && price.productId !== plan.productId) fail(at("productId"), `must be the product of ${plan.priceId}`);
    if (plan.setupPriceId === null) continue;
    known(at("setupPriceId"), plan.setupPriceId, priceById, "a price");
    const setup = priceById.get(plan.setupPriceId);
    if (setup && setup.billingInterval !== "one_time") fail(at("setupPriceId"), "must be a price that is paid once");
    if (setup && price && setup.currency !== price.currency) fail(at("setupPriceId"), "must be in the plan's currency");
  }
  return faults;
}

function accessFaults({ files }: Business): Fault[] {
  const catalog = files["access-catalog"];
  const priceById = new Map(files.prices.prices.map((price) => [price.id, price]));
  const rules = new Set(catalog.accessRules);
  const productById = new Map(catalog.products.map((product) => [product.id, product]));
  const templates = new Map(catalog.products.map((product) => [product.entitlementTemplateId, product]));

  const ofCatalog = checker("seeds/business/access-catalog.json");
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
      ofCatalog.known(["products", p, "accessRuleIds", r], rule, rules, "an access rule");
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
    ofCatalog.known(at("priceId"), map.priceId, priceById, "a price");
    const price = priceById.get(map.priceId);
    if (price && price.productId !== map.sourceCommerceProductId) {
      ofCatalog.fail(at("sourceCommerceProductId"), `must be the product of ${map.priceId}`);
    }
    grantable(ofCatalog, at, map);
  }

  const ofContent = checker("seeds/business/protected-content.json");
  const { sections } = files["protected-content"];
  ofContent.unique(
    sections.map((section) => section.id),
    (index) => ["sections", index, "id"],
  );
  for (const [index, section] of sections.entries()) {
    const at = (field: string): Path => ["sections", index, field];
    ofContent.known(at("productId"), section.productId, productById, "an access product");
    const assets = productById.get(section.productId)?.assets ?? [];
    ofContent.known(at("assetId"), section.assetId, new Set(assets.map((asset) => asset.assetId)), "one of its assets");
    ofContent.known(at("entitlementTemplateId"), section.entitlementTemplateId, templates, "an entitlement template");
  }

  const ofRevocation = checker("seeds/business/revocation.json");
  const { revocationIntents } = files.revocation;
  ofRevocation.unique(
    revocationIntents.map((intent) => intent.id),
    (index) => ["revocationIntents", index, "id"],
  );
  for (const [index, intent] of revocationIntents.entries()) {
    grantable(ofRevocation, (field) => ["revocationIntents", index, field], intent);
  }
  return [...ofCatalog.faults, ...ofContent.faults, ...ofRevocation.faults];

  /** A product, a template of it, and a rule that guards the template. */
  function grantable(
    { known, fail }: ReturnType<typeof checker>,
    at: (field: string) => Path,
    row: { productId: string; entitlementTemplateId: string; accessRuleId: string },
  ): void {
    known(at("productId"), row.productId, productById, "an access product");
    known(at("entitlementTemplateId"), row.entitlementTemplateId, templates, "an entitlement template");
    known(at("accessRuleId"), row.accessRuleId, rules, "an access rule");
    const product = templates.get(row.entitlementTemplateId);
    if (product && productById.has(row.productId) && product.id !== row.productId) {
      fail(at("entitlementTemplateId"), `must be the template of ${row.productId}`);
    }
    if (product && rules.has(row.accessRuleId) && !product.accessRuleIds.includes(row.accessRuleId)) {
      fail(at("accessRuleId"), `must be a rule of ${row.entitlementTemplateId}`);
    }
  }
}

function affiliateFaults({ files }: Business): Fault[] {
  const { programs } = files.affiliates;
  const offers = files.offers.stacks.flatMap((stack) => stack.offers);
  const offerIds = new Set(offers.map((offer) => offer.id));
  const priceIds = new Set(files.prices.prices.map((price) => price.id));
  const { faults, fail, known, unique } = checker("seeds/business/affiliates.json");
  unique(
    programs.map((program) => program.id),
    (index) => ["programs", index, "id"],
  );
  for (const list of ["partners", "attributionRules", "links", "commissionRules"] as const) {
    const flat = programs.flatMap((program, p) =>
      program[list].map((row, r) => ({ id: row.id, path: ["programs", p, list, r, "id"] })),
    );
    unique(
      flat.map(({ id }) => id),
      (index) => flat[index]?.path ?? [],
    );
  }
  for (const [p, program] of programs.entries()) {
    const partners = new Set(program.partners.map((partner) => partner.id));
    const rules = new Set(program.attributionRules.map((rule) => rule.id));
    unique(
      program.links.map((link) => link.code),
      (index) => ["programs", p, "links", index, "code"],
    );
    for (const [index, link] of program.links.entries()) {
      const at = (...path: PropertyKey[]): Path => ["programs", p, "links", index, ...path];
      known(at("partnerId"), link.partnerId, partners, "a partner of the program");
      known(at("attributionRuleId"), link.attributionRuleId, rules, "an attribution rule of the program");
      for (const [o, offer] of link.offerIds.entries()) known(at("offerIds", o), offer, offerIds, "a stack's offer");
    }
    for (const [index, rule] of program.commissionRules.entries()) {
      const path = ["programs", p, "commissionRules", index, "priceId"];
      if (rule.ruleKind === "price_rate" && rule.priceId === null) fail(path, "must be set on a price_rate rule");
      if (rule.priceId !== null) known(path, rule.priceId, priceIds, "a price");
    }
    const priced = program.commissionRules.flatMap((rule, index) =>
      rule.priceId === null ? [] : [{ id: rule.priceId, index }],
    );
    unique(
      priced.map(({ id }) => id),
      (at) => ["programs", p, "commissionRules", priced[at]?.index ?? 0, "priceId"],
    );
  }
  return faults;
}

function proseFaults({ prose }: Business): Fault[] {
  const published = new Set(tableDeclarations().flatMap((table) => (table.published ? [table.name] : [])));
  const ofTables = checker("seeds/business/prose/tables.json");
  ofTables.unique(
    prose.tables.map((entry) => entry.table),
    (index) => [index, "table"],
  );
  for (const [index, entry] of prose.tables.entries())
    ofTables.known([index, "table"], entry.table, published, "a published table");
  for (const name of published) {
    if (!prose.tables.some((entry) => entry.table === name)) ofTables.fail([], `must say what ${name} is for`);
  }
  const ofSecrets = checker("seeds/business/prose/secret-names.json");
  for (const name of STRIPE_SECRET_NAMES) {
    if (!Object.hasOwn(prose["secret-names"], name)) ofSecrets.fail([name], "is missing");
  }
  for (const name of Object.keys(prose["secret-names"])) {
    if (!STRIPE_SECRET_NAMES.some((known) => known === name)) ofSecrets.fail([name], "is not a known secret");
  }
  return [...ofTables.faults, ...ofSecrets.faults];
}
