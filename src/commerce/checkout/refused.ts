import { Problem } from "../../base/problem.ts";
import type { IntentRow } from "../../db/checkouts.ts";
import type { Refusal } from "../../db/provider-refusals.ts";
import type { Changes, OperationSeed } from "../../kernel/confirmed-write.ts";
import type { Context } from "../../kernel/context.ts";
import { refusalWrites } from "../../stripe/note-refusal.ts";
import { checkoutEntry } from "./hosted-checkout.ts";

/** For a call that Stripe refused for good. The reason is the owner's to read: nothing of it is in the answer. */
export function providerRefused(consequence: string): Problem {
  return new Problem("provider_refused", {
    detail: `The payment provider refused this, and will refuse it again until the business has mended something. ${consequence} Tell the business; afterwards, try again with a new key.`,
  });
}

/** The statements that count a refusal for the owner, with the operation and the checkout that met it. */
export function countedRefusal(refusal: Refusal, intent: IntentRow, operation: OperationSeed, ctx: Context) {
  return refusalWrites(refusal, ctx, { operationId: operation.id, checkoutIntentId: intent.id });
}

/** The rows of a refusal that ends its operation: the count for the owner, and the audit entry with Stripe's words. */
export function refusedChanges(
  refusal: Refusal,
  { intent, status, summary }: { intent: IntentRow; status: IntentRow["status"]; summary: string },
  operation: OperationSeed,
  ctx: Context,
): Changes {
  const { call, type, code, param } = refusal;
  return {
    writes: countedRefusal(refusal, intent, operation, ctx),
    audit: [{ ...checkoutEntry(intent, "provider_refused", status, summary), metadata: { call, type, code, param } }],
  };
}
