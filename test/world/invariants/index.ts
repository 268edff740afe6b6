import { auditTellsAll } from "./audit.ts";
import { oneWinner, otherArguments, sameKey } from "./calls.ts";
import type { Invariant } from "./invariant.ts";
import { sameEnd } from "./same-end.ts";
import { auditVerifies, eventsOnce, missedHeal, nothingStuck, versionsGrow } from "./stored.ts";
import { chargedAsConfirmed, finalIsFinal, oneSession, paidGrants } from "./stripe.ts";

/** What holds in every world that has become quiet, in the order of the promises. */
export const INVARIANTS: readonly Invariant[] = [
  sameKey,
  otherArguments,
  oneWinner,
  oneSession,
  nothingStuck,
  eventsOnce,
  sameEnd,
  paidGrants,
  missedHeal,
  versionsGrow,
  auditTellsAll,
  auditVerifies,
  chargedAsConfirmed,
  finalIsFinal,
];
