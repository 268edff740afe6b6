import { decision, evidence, reversal, review } from "./afterwards.ts";
import {
  checkoutResource,
  openLink,
  pay,
  readOffer,
  sameKey,
  startCheckout,
  successPage,
  webhook,
  wrongSentence,
} from "./buying.ts";
import { aggregates, nothingPrivate } from "./proof.ts";
import { challenge, click, readPublicly } from "./reading.ts";
import { signIn } from "./signing-in.ts";
import type { Step } from "./step.ts";

/** The steps of the demo, in order. */
export const story: readonly Step[] = [
  click,
  readPublicly,
  challenge,
  signIn,
  readOffer,
  wrongSentence,
  startCheckout,
  sameKey,
  openLink,
  pay,
  webhook,
  successPage,
  checkoutResource,
  decision,
  evidence,
  review,
  reversal,
  aggregates,
  nothingPrivate,
];
