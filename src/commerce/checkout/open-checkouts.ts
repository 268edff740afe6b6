import { Problem } from "../../base/problem.ts";
import type { Store } from "../../db/store.ts";

/** Throws `ineligible_state` where an account has as many open checkouts as it may have; names them and the way out. */
export function assertMayOpenCheckout(
  open: readonly { readonly id: string }[],
  { accountBounds: { openCheckouts: most } }: Pick<Store, "accountBounds">,
): void {
  if (open.length < most) return;
  throw new Problem("ineligible_state", {
    detail: `${most} checkouts of this account are open, which is the most. Have one paid, end one with expire_checkout, or wait until one runs out. Open, the oldest first: ${open.map(({ id }) => id).join(", ")}.`,
    resource: "commerce://checkouts",
    bound: "openCheckouts",
  });
}
