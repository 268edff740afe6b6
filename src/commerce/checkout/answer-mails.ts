import type { Query } from "../../db/database.ts";
import type { DecisionRow } from "../../db/decisions.ts";
import { queueMail } from "../../db/mail-outbox.ts";
import type { Store } from "../../db/store.ts";

/** A "yes, talk to me" is told to both: the buyer that it was received, the owner that it came. A no is told to neither. */
export function mailsOfAnswer(
  store: Pick<Store, "db" | "ownerUserId" | "ids">,
  {
    id,
    checkoutIntentId,
    decisionKind,
    createdAt,
  }: Pick<DecisionRow, "id" | "checkoutIntentId" | "decisionKind" | "createdAt">,
): Query[] {
  if (!isYes(decisionKind)) return [];
  return (["answer_received", "answer_came"] as const).map((mailKind) =>
    queueMail(store, { mailKind, subjectId: id, checkoutIntentId, now: createdAt }),
  );
}

/** Whether an answer to an offer is one that a person has to follow up. */
export const isYes = (decisionKind: DecisionRow["decisionKind"]): boolean =>
  decisionKind === "accept_upsell_follow_up" || decisionKind === "accept_downsell_follow_up";
