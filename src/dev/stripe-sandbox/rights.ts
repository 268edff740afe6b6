import type { Account } from "./account.ts";
import { Refusal } from "./errors.ts";
import type { Route } from "./route.ts";

/** The right that a call needs: `checkout_sessions_write`. Reading is a right of its own, as on Stripe's page for restricted keys. */
export function rightFor({ method, path }: Pick<Route, "method" | "path">): string {
  return `${resourceOf(path)}_${method === "GET" ? "read" : "write"}`;
}

/**
 * Throws Stripe's 403 where the key lacks the right of the call. A key that may not read may not write either: at Stripe
 * a resource has no rights, "read", or "write" with "read".
 */
export function assertPermitted(route: Route, { missingRights }: Account): void {
  const right = rightFor(route);
  if (!missingRights.includes(right) && !missingRights.includes(`${resourceOf(route.path)}_read`)) return;
  throw new Refusal(403, {
    type: "invalid_request_error",
    code: "more_permissions_required",
    message: `The provided key 'rk_****' does not have the required permissions for this endpoint on account 'acct_sandbox'. Having the 'rak_${right}' permission would allow this request to continue.`,
  });
}

function resourceOf(path: string): string {
  const [, , first = "", second = ""] = path.split("/");
  if (first === "checkout") return `checkout_${second}`;
  return first === "billing_portal" ? "portal_sessions" : first;
}
