import type { AuditEntry } from "../../db/audit.ts";
import type { IntentRow, LineRow } from "../../db/checkouts.ts";
import type { ClickRow } from "../../db/referrals.ts";
import type { Context } from "../../kernel/context.ts";
import { createOrFindSession, type FrozenRequest, type SessionOutcome } from "../../stripe/checkout-session.ts";

/** What is sold, priced as it was confirmed. */
export interface CheckoutTerms {
  readonly kind: IntentRow["checkoutKind"];
  readonly stripeMode: IntentRow["stripeMode"];
  readonly currency: string;
  readonly amountCents: number;
  readonly lines: readonly Omit<LineRow, "ownerUserId" | "checkoutIntentId" | "position">[];
  /** Everything of the session request but what each checkout has anyway. */
  readonly request: Pick<FrozenRequest, "mode" | "line_items">;
  readonly offerId: string | null;
  readonly offerStackId: string | null;
  readonly planSlug: string | null;
  readonly click: ClickRow | undefined;
}

/** The claimed checkout, and what its answer needs beside it. */
export interface PendingCheckout {
  readonly intent: IntentRow;
  readonly otherOpenCheckouts: readonly string[];
}

export interface StartedCheckout {
  checkoutIntentId: string;
  checkoutUrl: string;
  expiresAt: string;
  amountCents: number;
  currency: string;
  stripeMode: IntentRow["stripeMode"];
  status: IntentRow["status"];
  updatedAt: string;
  otherOpenCheckouts?: string[] | undefined;
}

/** Asks Stripe for the session of a claimed checkout. Safe to run many times and at once. */
export async function askForSession({ intent }: PendingCheckout, ctx: Context): Promise<SessionOutcome> {
  return createOrFindSession(
    {
      checkoutIntentId: intent.id,
      stripeMode: intent.stripeMode,
      actorId: intent.actorId,
      idempotencyKey: intent.idempotencyKey,
      attempt: intent.attempt,
      frozenRequest: JSON.parse(intent.frozenRequestJson) as FrozenRequest,
      apiVersion: intent.frozenApiVersion,
      successUrl: await ctx.keyring.open(intent.successUrl, urlPlace(intent.id)),
      cancelUrl: await ctx.keyring.open(intent.cancelUrl, urlPlace(intent.id)),
      createdAt: intent.createdAt,
      expiresAt: intent.expiresAt,
      searchedTo: intent.sessionSearchedTo,
    },
    ctx,
  );
}

/** Where a checkout's URLs are sealed for. */
export const urlPlace = (checkoutIntentId: string) => `url of ${checkoutIntentId}`;

/** One audit row of a checkout. */
export function entry(
  intent: IntentRow,
  eventKind: AuditEntry["eventKind"],
  subjectStatus: string,
  summary: string,
): AuditEntry {
  return { eventKind, subjectId: intent.id, subjectStatus, checkoutIntentId: intent.id, summary };
}
