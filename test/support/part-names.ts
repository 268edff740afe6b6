import type { BusinessPart } from "../../src/db/schema/vocabulary.ts";

/** What belongs to a part, written out by hand: tests hold the declarations against it. */
interface OfPart {
  readonly tools: readonly string[];
  /** URIs of resources, with an id in place of a parameter. */
  readonly uris: readonly string[];
  readonly scopes: readonly string[];
  /** Paths of pages and routes, each with one below it where it has any. */
  readonly paths: readonly string[];
  readonly sections: readonly string[];
  readonly tables: readonly string[];
  /** Words of its own that no answer of a business without it holds. */
  readonly words: readonly RegExp[];
}

export const OF_PART: Readonly<Record<BusinessPart, OfPart>> = {
  offers: {
    tools: ["start_checkout"],
    uris: ["commerce://offers", "commerce://offers/sandbox-launch-pass"],
    scopes: [],
    paths: ["/api/commerce/checkout", "/offers"],
    sections: ["sandboxCheckout"],
    tables: [],
    words: [/orderBump/],
  },
  plans: {
    tools: ["start_plan_checkout"],
    uris: ["commerce://plans", "commerce://plans/grow"],
    scopes: [],
    paths: [
      "/api/billing/checkout",
      "/pricing",
      "/pricing/success/x",
      "/account/plans",
      "/account/billing",
      "/owner/money-without-service",
    ],
    sections: ["selfServePricing"],
    tables: ["billing_subscriptions"],
    words: [/planSlug/, /customer\.subscription/, /"moneyWithoutService/],
  },
  access: {
    tools: ["record_revocation_intent"],
    uris: ["commerce://entitlements", "commerce://entitlements/x", "commerce://revocation-intents"],
    scopes: [],
    paths: [
      "/api/admin/products/revocation-intents",
      "/api/admin/products/revocation-intents/x/withdraw",
      "/owner/entitlements",
      "/owner/entitlements/x",
      "/owner/revocation-intents",
    ],
    sections: [],
    tables: [
      "product_entitlements",
      "product_fulfillment_tasks",
      "product_entitlement_revocation_intents",
      "product_protected_content_sections",
    ],
    words: [/grants(?:Sandbox|Live)Entitlements/, /entitlementId/],
  },
  files: {
    tools: ["upload_product_asset"],
    uris: ["commerce://products/product-launch-checklist-download", "commerce://product-assets"],
    scopes: [],
    paths: ["/api/admin/products/assets", "/api/uploads/x", "/owner/assets", "/owner/assets/x/y"],
    sections: [],
    tables: ["product_asset_uploads"],
    words: [/uploadUrl/, /bodySha256/],
  },
  upsells: {
    tools: ["record_post_purchase_decision"],
    uris: [],
    scopes: [],
    paths: [
      "/api/commerce/post-purchase-decisions",
      "/commerce/post-purchase/x",
      "/commerce/post-purchase/x/receipts/y",
    ],
    sections: ["postPurchaseDecisions"],
    tables: ["checkout_post_purchase_decisions"],
    words: [/postPurchase/i, /presentedOffer/, /upsell/i],
  },
  affiliates: {
    tools: ["create_commission_evidence", "review_commission_evidence"],
    uris: ["commerce://affiliates/source-data", "commerce://ledger-entries", "commerce://ledger-entries/x"],
    scopes: ["affiliates:write"],
    paths: [
      "/api/affiliates/commission-ledger",
      "/api/admin/affiliates/commission-ledger/actions",
      "/api/affiliates/clicks",
      "/affiliates/source-data",
      "/owner/ledger",
      "/owner/ledger/x",
    ],
    sections: ["referralAttribution", "affiliateCommissionLedger"],
    tables: [
      "checkout_referral_attributions",
      "affiliate_commission_ledger_entries",
      "affiliate_commission_ledger_actions",
    ],
    words: [/referral/i, /commission/i, /affiliate/i],
  },
};

/** The patterns by which a text names a part: its tools, URIs, scopes, sections, tables and words, and its paths as a whole. */
export function namesOf(part: BusinessPart): RegExp[] {
  const { tools, uris, scopes, paths, sections, tables, words } = OF_PART[part];
  const list = (uri: string) => uri.replace(/^(commerce:\/\/[a-z-]+).*$/, "$1");
  const whole = [...tools, ...scopes, ...sections, ...tables, ...paths.map((path) => path.replace(/\/x.*$/, ""))];
  return [
    ...[...new Set(uris.map(list))].map((uri) => new RegExp(`${uri}(?![a-z-])`)),
    ...whole.map((text) => new RegExp(`(?<![\\w-])${text.replaceAll("/", "\\/")}(?![\\w/-])`)),
    ...words,
  ];
}
