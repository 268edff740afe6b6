import { insertFollowUp } from "../../db/answers.ts";
import type { Query } from "../../db/database.ts";
import type { DecisionRow } from "../../db/decisions.ts";
import type { Store } from "../../db/store.ts";
import { isYes, mailsOfAnswer } from "./answer-mails.ts";

/** What follows from a buyer's answer, in its batch: a yes stands in the owner's list, and both of them are told by mail. */
export function followUps(
  store: Store,
  answer: Pick<DecisionRow, "id" | "checkoutIntentId" | "decisionKind" | "createdAt">,
): Query[] {
  const { id: decisionId, checkoutIntentId, decisionKind, createdAt } = answer;
  if (!isYes(decisionKind)) return [];
  return [insertFollowUp(store, { decisionId, checkoutIntentId }, createdAt), ...mailsOfAnswer(store, answer)];
}
