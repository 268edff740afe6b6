/** Every published path, each written once. Pages that belong to one checkout are followed by its link. */
export const ROUTES = {
  checkout: "/api/commerce/checkout",
  checkoutExpire: "/api/commerce/checkout/expire",
  checkoutRedirect: "/api/commerce/checkout/redirect",
  checkoutSuccess: "/commerce/checkout/success",
  checkoutCancel: "/commerce/checkout/cancel",
  decisions: "/api/commerce/post-purchase-decisions",
  postPurchase: "/commerce/post-purchase",
  planCheckout: "/api/billing/checkout",
  pricing: "/pricing",
  pricingSuccess: "/pricing/success",
  stripeWebhook: "/api/stripe/webhook",
  stripeEvents: "/api/admin/stripe/events",
  accountBilling: "/account/billing",
  clicks: "/api/affiliates/clicks",
  commissionLedger: "/api/affiliates/commission-ledger",
  reviewActions: "/api/admin/affiliates/commission-ledger/actions",
  revocationIntents: "/api/admin/products/revocation-intents",
  productAssets: "/api/admin/products/assets",
  uploads: "/api/uploads",
  operations: "/api/operations",
  commerceSourceData: "/commerce/source-data",
  affiliatesSourceData: "/affiliates/source-data",
  openApi: "/openapi.json",
} as const;

/** The `Link` that leads a program from a public document or the home page to the description (RFC 8631). */
export const SERVICE_DESC = `<${ROUTES.openApi}>; rel="service-desc"; type="application/json"`;
