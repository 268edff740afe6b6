import { insertFollowUp } from "../../db/answers.ts";
import type { Query } from "../../db/database.ts";
import { queueMail } from "../../db/mail-outbox.ts";
import type { DECISION_KINDS } from "../../db/schema/vocabulary.ts";
import type { Store } from "../../db/store.ts";

/** An answer that is about to be stored. */
interface Answer {
  readonly id: string;
  readonly checkoutIntentId: string;
  readonly decisionKind: (typeof DECISION_KINDS)[number];
  readonly createdAt: number;
}

/** What follows from a buyer's answer, in its batch: a yes stands in the owner's list, and both of them are told by mail. */
export function followUps(store: Store, { id, checkoutIntentId, decisionKind, createdAt: now }: Answer): Query[] {
  if (!isYes(decisionKind)) return [];
  const mail = { subjectId: id, checkoutIntentId, now };
  return [
    insertFollowUp(store, { decisionId: id, checkoutIntentId }, now),
    queueMail(store, { mailKind: "answer_received", ...mail }),
    queueMail(store, { mailKind: "answer_came", ...mail }),
  ];
}

/** Whether the buyer wants to be talked to. */
export const isYes = (kind: Answer["decisionKind"]): boolean =>
  kind === "accept_upsell_follow_up" || kind === "accept_downsell_follow_up";
