import { chargeLimits } from "../seeds/stripe-limits.ts";

/** What `init` is told of a business. */
interface Wish {
  readonly name: string;
  readonly confirmationName: string | undefined;
  readonly email: string;
  readonly currency: string;
  readonly locale: string | undefined;
  readonly timeZone: string | undefined;
}

/** The files of a business with two offers, one of them a file to download. They are sold in the sandbox. */
export function sampleFiles(wish: Wish): Readonly<Record<string, unknown>> {
  const { name, confirmationName, email, currency, locale, timeZone } = wish;
  const { least } = chargeLimits(currency);
  const amount = Math.max(1_200, 2 * least);
  const goods = [
    { id: "sample-guide", name: "Sample guide", kind: "digital_download", amount, summary: "A guide to download." },
    {
      id: "sample-session",
      name: "Sample session",
      kind: "coaching_service",
      amount: 4 * amount,
      summary: "An hour of help.",
    },
  ];
  return {
    "business.json": {
      ownerUserId: `user-${slugOf(confirmationName ?? name)}`,
      ownerName: `${name} owner`,
      ownerEmail: email,
      name,
      ...(confirmationName !== undefined && { confirmationName }),
      ...(locale !== undefined && { locale }),
      ...(timeZone !== undefined && { timeZone }),
      supportEmail: email,
    },
    "products.json": {
      products: goods.map(({ id, name, kind, summary }) => ({ id, name, kind, description: summary })),
    },
    "prices.json": {
      prices: goods.map(({ id, name, amount }) => ({
        id: `price-${id}`,
        productId: id,
        nickname: name,
        currency,
        unitAmountCents: amount,
      })),
    },
    "offers.json": {
      stacks: goods.map(({ id, name, summary }) => ({
        id: `stack-${id}`,
        offers: [{ id, productId: id, priceId: `price-${id}`, name, summary, stripeMode: "sandbox" }],
      })),
    },
    "access-catalog.json": {
      accessRules: ["access-rule-after-payment"],
      products: [
        access("sample-guide", "digital_download", [{ assetId: "asset-sample-guide", kind: "file" }]),
        access("sample-session", "coaching_service", [{ assetId: "asset-sample-session", kind: "booking" }]),
      ],
      grantMaps: goods.map(({ id, name }) => ({
        id: `grant-${id}`,
        priceId: `price-${id}`,
        sourceCommerceProductId: id,
        productId: `access-${id}`,
        entitlementTemplateId: `template-${id}`,
        accessRuleId: "access-rule-after-payment",
        taskKind: id === "sample-guide" ? "digital_download" : "bundle",
        taskSummary: `Deliver ${name}.`,
      })),
    },
  };
}

const access = (id: string, kind: string, assets: readonly object[]) => ({
  id: `access-${id}`,
  kind,
  entitlementTemplateId: `template-${id}`,
  accessRuleIds: ["access-rule-after-payment"],
  assets,
});

/** `Sample Shop` as `sample-shop`; marks are taken off their letters. */
function slugOf(name: string): string {
  const letters = name.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return (
    letters
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "")
      .slice(0, 60) || "owner"
  );
}
