import type { OrderField } from "../db/orders.ts";

const under = (folder: string, ...ids: string[]) => ["/owner", folder, ...ids.map(encodeURIComponent)].join("/");

/** The page of one operation, or of the approval that stands for it until it is claimed. */
export const operationPath = (id: string) => under("operations", id);
/** The page of one order. */
export const orderPath = (checkoutIntentId: string) => under("orders", checkoutIntentId);
/** The list of the orders with one value of a filter. */
export const ordersPath = (name: OrderField, value: string) =>
  `/owner/orders?${new URLSearchParams({ filter: `${name}:${value}` })}`;
/** The page of one entitlement. */
export const entitlementPath = (id: string) => under("entitlements", id);
/** The page of one ledger entry. */
export const ledgerEntryPath = (id: string) => under("ledger", id);
/** The page that takes a file of one asset. */
export const assetPath = (productId: string, assetId: string) => under("assets", productId, assetId);
