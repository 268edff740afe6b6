import type { Auth } from "../auth/index.ts";
import type { Context } from "../context.ts";
import type { ConfirmedWrite } from "../kernel/confirmed-write.ts";
import type { Limits } from "../limits.ts";
import type { ReceiptKeys } from "../receipts/keys.ts";

/** What the HTTP doors are made of. */
export interface HttpParts {
  readonly auth: Auth;
  readonly ctx: Context;
  readonly limits: Limits;
  readonly receiptKeys: ReceiptKeys;
  readonly writes: readonly ConfirmedWrite[];
}
