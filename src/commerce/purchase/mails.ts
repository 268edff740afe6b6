import type { MailReason } from "../../db/mail-outbox.ts";
import { disputeWaits } from "../../facts/payment-fold.ts";
import type { FoldInput } from "./known.ts";
import type { PurchaseMoney } from "./money.ts";
import type { PurchaseStanding } from "./standing.ts";

/** What buyer and owner are told by mail of a report: each once, since a repeated reason is queued once. */
export function mailsOf(
  { intent, ctx, now }: FoldInput,
  { newPayments }: PurchaseMoney,
  { status, newFacts, granted, grantedBefore, lines, isTest }: PurchaseStanding,
): MailReason[] {
  const reason = (mailKind: MailReason["mailKind"], subjectId: string = intent.id): MailReason => ({
    mailKind,
    subjectId,
    checkoutIntentId: intent.id,
    now,
  });
  const isNewlyPaid = granted && !grantedBefore && status !== "blocked";
  const isDelivered = ctx.parts.has("files") && !isTest && lines.some(({ grant }) => grant.isDelivered === 1);
  return [
    ...(isNewlyPaid ? [reason("order_confirmed")] : []),
    ...(isNewlyPaid && isDelivered ? [reason("delivery_ready")] : []),
    ...(newFacts.includes("payment_failed") && status === "failed" ? [reason("payment_failed")] : []),
    ...(status === "blocked" && intent.status !== "blocked" ? [reason("checkout_blocked")] : []),
    ...newPayments
      .filter(({ kind, state }) => kind === "dispute" && disputeWaits(state))
      .map(({ stripeObjectId }) => reason("dispute_opened", stripeObjectId)),
  ];
}
