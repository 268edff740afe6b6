import type { IntentRow } from "../../db/checkouts.ts";
import type { DecisionRow, PresentedOffer } from "../../db/decisions.ts";
import { sellsOffer } from "../modes.ts";
import { decisionContract } from "./decision-contract.ts";

const MINUTE_MS = 60_000;

/** A checkout's upsells and downsells with their answers, as `postPurchaseQueries` reads them. */
interface PostPurchase {
  readonly presented: readonly PresentedOffer[];
  readonly decisions: readonly DecisionRow[];
  readonly completion: readonly { readonly completedAt: number }[];
}

/** The offer that the buyer can answer now, or why there is none. */
export type Presentation =
  | { readonly kind: "waiting"; readonly offer: PresentedOffer }
  | { readonly kind: "closed"; readonly because: "other_kind" | "not_paid" | "window_over" | "all_answered" };

/** The one offer that the buyer can answer at this time (epoch milliseconds). Answers come in the order of the stack. */
export function presentationOf(intent: IntentRow, known: PostPurchase, now: number): Presentation {
  if (!sellsOffer(intent)) return { kind: "closed", because: "other_kind" };
  if (!isEligible(intent.status)) return { kind: "closed", because: "not_paid" };
  const given = new Set(known.decisions.map(({ decisionKind }) => decisionKind));
  const answered = new Set(known.decisions.map(({ presentedOfferId }) => presentedOfferId));
  const waiting = known.presented.find(
    ({ offer }) =>
      !answered.has(offer.publicOfferId) &&
      answersTo(offer.role).some(({ after }) => after === null || given.has(after)),
  );
  if (!waiting) return { kind: "closed", because: "all_answered" };
  return isWindowOver(intent, waiting, known, now)
    ? { kind: "closed", because: "window_over" }
    : { kind: "waiting", offer: waiting };
}

/** What a buyer can say to an offer of this role. */
export function answersTo(role: PresentedOffer["offer"]["role"]) {
  return decisionContract.allowedDecisions.filter((allowed) => allowed.role === role);
}

function isEligible(status: IntentRow["status"]): boolean {
  return decisionContract.eligibleStatuses.some((eligible) => eligible === status);
}

/**
 * The window starts with the payment. Until the payment arrives, or where nothing is due, it starts with the completed
 * session, since offers are shown from then on. `updatedAt` changes with every answer, so it can't start the window.
 */
function isWindowOver(
  intent: IntentRow,
  { stack }: PresentedOffer,
  { completion }: PostPurchase,
  now: number,
): boolean {
  const from = intent.paidAt ?? completion[0]?.completedAt;
  if (stack.decisionWindowMinutes === null || from === undefined) return false;
  return now > from + stack.decisionWindowMinutes * MINUTE_MS;
}
