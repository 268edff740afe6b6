import { and, eq, lte, type SQL, sql } from "drizzle-orm";
import { DAY_MS } from "../base/time.ts";
import { idsAmong } from "./ids-among.ts";
import { isSwitchedOff } from "./mail-facts.ts";
import type { MailRow } from "./mail-sending.ts";
import { ownerMailSetting } from "./mail-sending.ts";
import { businessRow } from "./operations.ts";
import {
  answerFollowUps,
  approvals,
  checkoutIntents,
  checkoutPostPurchaseDecisions,
  paymentFacts,
  stripeWebhookEvents,
  user,
} from "./schema/index.ts";
import type { Store } from "./store.ts";
import { unservedQueries } from "./unserved-invoices.ts";

/** Stripe delivers within seconds; an event that is missing for longer was not delivered. */
export const DELIVERED_WITHIN_MS = 10 * 60_000;

/** What the mail to the owner is made of, as it stands when it is sent: their address, and which reasons are still there. */
export function ownerMailQueries(store: Store, rows: readonly MailRow[]) {
  const { build } = store.db;
  const { ownerUserId } = store;
  const subjects = (kind: MailRow["mailKind"]): SQL => {
    const ids = rows.filter(({ mailKind }) => mailKind === kind).map(({ subjectId }) => subjectId);
    return idsAmong(ids);
  };
  const now = store.clock.now();
  return {
    business: businessRow(store),
    setting: ownerMailSetting(store),
    owner: build
      .select({ email: user.email, emailVerified: user.emailVerified, erasedAt: user.erasedAt })
      .from(user)
      .where(eq(user.id, ownerUserId)),
    approvals: build
      .select({ id: approvals.id })
      .from(approvals)
      .where(
        and(
          eq(approvals.ownerUserId, ownerUserId),
          sql`${approvals.id} IN ${subjects("approval_waits")} AND ${approvals.status} = 'pending' AND ${approvals.expiresAt} > ${now} AND NOT ${isSwitchedOff(approvals.actorId)}`,
        ),
      ),
    blocked: build
      .select({ id: checkoutIntents.id })
      .from(checkoutIntents)
      .where(
        and(
          eq(checkoutIntents.ownerUserId, ownerUserId),
          sql`${checkoutIntents.id} IN ${subjects("checkout_blocked")} AND ${checkoutIntents.status} = 'blocked'`,
        ),
      ),
    disputes: build
      .select({ id: paymentFacts.stripeObjectId, state: paymentFacts.state })
      .from(paymentFacts)
      .where(
        and(
          eq(paymentFacts.ownerUserId, ownerUserId),
          sql`${paymentFacts.kind} = 'dispute' AND ${paymentFacts.stripeObjectId} IN ${subjects("dispute_opened")}`,
        ),
      ),
    answers: build
      .select({ id: checkoutPostPurchaseDecisions.id })
      .from(checkoutPostPurchaseDecisions)
      .leftJoin(
        answerFollowUps,
        and(
          eq(answerFollowUps.ownerUserId, checkoutPostPurchaseDecisions.ownerUserId),
          eq(answerFollowUps.decisionId, checkoutPostPurchaseDecisions.id),
        ),
      )
      .where(
        and(
          eq(checkoutPostPurchaseDecisions.ownerUserId, ownerUserId),
          sql`${checkoutPostPurchaseDecisions.id} IN ${subjects("answer_came")} AND ${answerFollowUps.status} IS NOT 'done'`,
        ),
      ),
    missed: build
      .select({ id: stripeWebhookEvents.id })
      .from(stripeWebhookEvents)
      .where(
        and(
          eq(stripeWebhookEvents.ownerUserId, ownerUserId),
          // A literal, as the partial index over undelivered events has it.
          sql`${stripeWebhookEvents.deliveredAt} IS NULL AND ${stripeWebhookEvents.receivedAt} > ${now - DAY_MS}`,
          lte(stripeWebhookEvents.stripeCreatedAt, now - DELIVERED_WITHIN_MS),
        ),
      )
      .limit(1),
    ...unservedQueries(store),
  };
}
