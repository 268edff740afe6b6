import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sampleFiles } from "../../src/dev/catalog/sample.ts";

/** Plain JSON that a test may change. */
export interface Content {
  [key: string]: Content;
}

/** The files of a business by their path in its folder. */
export type OwnFiles = Record<string, Content>;

const sold = (id: string, more: object = {}) => ({
  id,
  productId: id,
  nickname: id,
  currency: "usd",
  unitAmountCents: 1_000,
  ...more,
});

/**
 * A business of a test's own: what `catalog init` writes, with an order bump, a plan by the month and one by the year, a setup,
 * a plan by contact and a program of links beside it.
 */
export function ownFiles(): OwnFiles {
  const files = structuredClone(
    sampleFiles({
      name: "Corner Studio",
      confirmationName: undefined,
      email: "owner@corner.test",
      currency: "usd",
      locale: undefined,
      timeZone: undefined,
    }),
  ) as unknown as Record<string, Record<string, object[]>>;
  files["products.json"]?.products?.push(
    { id: "extra", name: "Extra" },
    { id: "club", name: "Club", kind: "membership" },
    { id: "setup", name: "Setup" },
  );
  files["prices.json"]?.prices?.push(
    sold("extra"),
    sold("club-month", { productId: "club", billingInterval: "month" }),
    sold("club-year", { productId: "club", billingInterval: "year", unitAmountCents: 10_000 }),
    sold("setup", { unitAmountCents: 5_000 }),
  );
  const [first] = (files["offers.json"]?.stacks ?? []) as { offers: object[] }[];
  first?.offers.push({
    id: "extra",
    role: "order_bump",
    productId: "extra",
    priceId: "extra",
    name: "Extra",
    stripeMode: "sandbox",
  });
  const grant = {
    id: "grant-extra",
    priceId: "extra",
    sourceCommerceProductId: "extra",
    productId: "access-sample-guide",
    entitlementTemplateId: "template-sample-guide",
    accessRuleId: "access-rule-after-payment",
    taskKind: "bundle",
    taskSummary: "Deliver the extra.",
  };
  files["access-catalog.json"]?.grantMaps?.push(grant);
  const plan = { productId: "club", stripeMode: "sandbox" };
  files["plans.json"] = {
    plans: [
      {
        ...plan,
        slug: "monthly",
        name: "Monthly club",
        billingInterval: "month",
        priceId: "club-month",
        setupPriceId: "setup",
      },
      { ...plan, slug: "yearly", name: "Yearly club", billingInterval: "year", priceId: "club-year" },
      { slug: "custom", name: "Custom club", status: "contact", billingInterval: "contact" },
    ],
  };
  files["affiliates.json"] = {
    programs: [
      {
        id: "program",
        slug: "program",
        status: "live",
        partners: [{ id: "partner", status: "approved" }],
        attributionRules: [{ id: "rule", ruleKind: "first_click", windowDays: 30, priority: 1 }],
        links: [
          {
            id: "link",
            partnerId: "partner",
            code: "CODE",
            status: "active",
            destinationRoute: "/offers",
            attributionRuleId: "rule",
            offerIds: ["sample-guide"],
            utmSource: "partner",
            sandboxAttribution: true,
            liveAttribution: false,
          },
        ],
        commissionRules: [{ id: "commission", ruleKind: "price_rate", priceId: "extra", rateBps: 1_000, holdDays: 30 }],
      },
    ],
  };
  return files as unknown as OwnFiles;
}

/** Writes files into a folder that is gone afterwards. A text is written as it is, all else as JSON. */
export function inFolder<T>(files: Readonly<Record<string, unknown>>, use: (folder: string) => T): T {
  const parent = mkdtempSync(join(tmpdir(), "business-"));
  const folder = join(parent, "corner-studio");
  const remove = () => rmSync(parent, { recursive: true, force: true });
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content));
    }
    const result = use(folder);
    if (!(result instanceof Promise)) remove();
    return (result instanceof Promise ? result.finally(remove) : result) as T;
  } catch (error) {
    remove();
    throw error;
  }
}
