import type { BusinessPart } from "../db/schema/vocabulary.ts";
import type { Parts } from "../kernel/parts.ts";

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
  offers: "/offers",
  pricing: "/pricing",
  pricingSuccess: "/pricing/success",
  stripeWebhook: "/api/stripe/webhook",
  stripeEvents: "/api/admin/stripe/events",
  accountBilling: "/account/billing",
  accountOrders: "/account/orders",
  accountFiles: "/account/files",
  accountConfirmations: "/account/confirmations",
  /** What waits for a person, and what they said no to. */
  accountApprovals: "/account/approvals",
  /** The order of a payer without an account: opened by a mailed link, then by this browser's cookie. */
  order: "/order",
  orderFiles: "/order/files",
  ownerOrders: "/owner/orders",
  ownerAnswers: "/owner/answers",
  ownerTasks: "/owner/tasks",
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

/** The owner's list of the orders that are blocked. */
export const BLOCKED_ORDERS = `${ROUTES.ownerOrders}?filter=status%3Ablocked`;

/** The `Link` that leads a program from a public document or the home page to the description (RFC 8631). */
export const SERVICE_DESC = `<${ROUTES.openApi}>; rel="service-desc"; type="application/json"`;

/**
 * The part of each path that is no write's own; the paths below it belong to the part too. Where the business does not use
 * the part, the path is unknown, and no page links to it.
 */
const PART_OF_PATH: Readonly<Record<string, BusinessPart>> = {
  [ROUTES.postPurchase]: "upsells",
  [ROUTES.offers]: "offers",
  [ROUTES.pricing]: "plans",
  [ROUTES.accountBilling]: "plans",
  "/account/plans": "plans",
  "/owner/money-without-service": "plans",
  [ROUTES.clicks]: "affiliates",
  [ROUTES.affiliatesSourceData]: "affiliates",
  "/owner/ledger": "affiliates",
  [ROUTES.revocationIntents]: "access",
  "/owner/entitlements": "access",
  "/owner/revocation-intents": "access",
  [ROUTES.uploads]: "files",
  "/owner/assets": "files",
  [ROUTES.accountFiles]: "files",
  [ROUTES.orderFiles]: "files",
  [ROUTES.ownerAnswers]: "upsells",
  [ROUTES.ownerTasks]: "access",
};

/** Whether a path belongs to no part, or to one that the business uses. */
export function isThere(path: string, parts: Parts): boolean {
  return Object.entries(PART_OF_PATH).every(
    ([start, part]) => parts.has(part) || !(path === start || path.startsWith(`${start}/`)),
  );
}
