import { ROUTES } from "../../src/commerce/routes.ts";
import { CHECKLIST } from "../support/asset-files.ts";
import type { Place } from "./place.ts";

/** What the paths with parameters are filled with, so that something is found. */
export function pathsOf(place: Place): Readonly<Record<string, string>> {
  const { goods, open } = place;
  const order = goods.checkoutIntentId;
  const file = `${goods.entitlementId}/${CHECKLIST.assetId}`;
  const token = "0".repeat(48);
  return {
    "/api/operations/:id": `/api/operations/${place.operation}`,
    "/api/operations/:id/receipt": `/api/operations/${place.operation}/receipt`,
    "/api/uploads/:token": `/api/uploads/${token}`,
    "/api/commerce/checkout/redirect/:link": open.redirect,
    "/commerce/checkout/cancel/:link": open.cancel,
    "/commerce/checkout/cancel/:link/pay": `${open.cancel}/pay`,
    "/commerce/checkout/success/:link": place.returnPath,
    "/pricing/success/:link": place.planSuccess,
    "/commerce/post-purchase/:link": `${ROUTES.postPurchase}/${goods.token}`,
    "/commerce/post-purchase/:link/receipts/:id": `${ROUTES.postPurchase}/${goods.token}/receipts/${place.operation}`,
    "/order/files/:entitlementId/:assetId": `${ROUTES.orderFiles}/${file}`,
    "/order/:token": place.orderLink,
    "/account/files/:entitlementId/:assetId": `${ROUTES.accountFiles}/${file}`,
    "/account/orders/:id": `/account/orders/${order}`,
    "/account/orders/:id/pay": `/account/orders/${open.id}/pay`,
    "/account/orders/:id/cancel": `/account/orders/${open.id}/cancel`,
    "/account/orders/:id/stripe-receipt": `/account/orders/${order}/stripe-receipt`,
    "/account/confirmations/:id": `/account/confirmations/${place.operation}`,
    "/account/receipts/:id": `/account/receipts/${place.operation}`,
    "/account/receipts/:id/assertion": `/account/receipts/${place.operation}/assertion`,
    "/approvals/:id": place.approval,
    "/owner-setup/:token": `/owner-setup/${token}`,
    "/reset-password/:token": `/reset-password/${token}`,
    "/verify-email/:token": `/verify-email/${token}`,
    "/sign-in/link/:token": `/sign-in/link/${token}`,
    "/api/admin/products/revocation-intents/:id/withdraw": `${ROUTES.revocationIntents}/absent/withdraw`,
    "/api/admin/stripe/events/:reference/replay": `${ROUTES.stripeEvents}/absent/replay`,
    "/owner/operations/:id/receipt": `/owner/operations/${place.operation}/receipt`,
    "/owner/find": `/owner/find?id=${place.operation}`,
    "/owner/orders/:id": `/owner/orders/${order}`,
    "/owner/ledger/:id": `/owner/ledger/${place.ledgerEntry}`,
    "/owner/entitlements/:id": `/owner/entitlements/${goods.entitlementId}`,
    "/owner/operations/:id": `/owner/operations/${place.operation}`,
    "/owner/assets/:productId/:assetId": `/owner/assets/${CHECKLIST.productId}/${CHECKLIST.assetId}`,
    "/.well-known/oauth-authorization-server/*": "/.well-known/oauth-authorization-server/oauth",
    "/.well-known/openid-configuration/*": "/.well-known/openid-configuration/oauth",
    "/.well-known/oauth-protected-resource/*": "/.well-known/oauth-protected-resource/mcp",
    "/oauth/*": "/oauth/absent",
    "/api/auth/*": "/api/auth/get-session",
  };
}

/** Whose browser or token asks for a path. */
export function askerOf(path: string): "guest" | "payer" | "buyer" | "owner" | "bearer" {
  if (path.startsWith("/owner") && !path.startsWith("/owner-setup")) return "owner";
  if (path.startsWith("/api/admin")) return "owner";
  if (path.startsWith(ROUTES.operations)) return "bearer";
  if (/^\/(account|approvals|api\/auth)/.test(path)) return "buyer";
  if (path === ROUTES.order || path.startsWith(ROUTES.orderFiles)) return "payer";
  return "guest";
}
