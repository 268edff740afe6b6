/**
 * Every way in which our document may differ from the reference, and nothing else may.
 * `any`: the value of the key is the running system's own. `appended`: the array may go on after the reference's.
 * `added`: a key that the reference does not have, at the end of its object.
 */
export interface AllowedDifference {
  readonly path: string;
  readonly kind: "any" | "appended" | "added";
  readonly because: string;
}

export const ALLOWED_DIFFERENCES: readonly AllowedDifference[] = [
  { path: "updatedAt", kind: "any", because: "the latest change among the rows" },
  { path: "stripeNodeVersion", kind: "any", because: "the package that runs" },
  { path: "stripeApiVersion", kind: "any", because: "the API version that it speaks" },
  { path: "sandboxCheckout.offers", kind: "added", because: "the reference has one offer, a business may have many" },
];
