import { notFound, Problem } from "../../base/problem.ts";
import { type AuditEntry, insertAudit } from "../../db/audit.ts";
import { GuardFailed } from "../../db/database.ts";
import {
  closeIntent,
  type RevocationRow,
  revocationIntentById,
  revocationIntentToInsert,
  withdrawalOf,
} from "../../db/revocation-intents.ts";
import type { Actor } from "../../kernel/actor.ts";
import type { Context } from "../../kernel/context.ts";
import { revocationContract } from "./contract.ts";

/** A withdrawal; `replayed` where an earlier call made it. */
interface Withdrawal {
  readonly intent: RevocationRow;
  readonly replayed: boolean;
}

/**
 * Closes a recorded intent with a withdrawal row, for the owner's session. Idempotent: an intent has one withdrawal, and
 * a second call returns it. Throws `not_found`, or `ineligible_state` for an intent that is not recorded.
 */
export async function withdrawRevocationIntent(id: string, actor: Actor, ctx: Context): Promise<Withdrawal> {
  const rows = await ctx.db.read({
    intent: revocationIntentById(ctx, id),
    withdrawal: withdrawalOf(ctx, id),
    revocationCheck: actor.revocationCheck,
  });
  actor.assertNotRevoked(rows.revocationCheck);
  const [recorded] = rows.intent;
  const [withdrawal] = rows.withdrawal;
  if (!recorded) throw notFound();
  if (withdrawal) return { intent: withdrawal, replayed: true };
  if (recorded.status !== revocationContract.recordedStatus) {
    throw new Problem("ineligible_state", { detail: `Only a ${revocationContract.recordedStatus} can be withdrawn.` });
  }
  const intent = withdrawalRow(recorded, actor, ctx);
  const { inserts, rowSha256 } = await revocationIntentToInsert(ctx, intent);
  try {
    await ctx.db.commit([
      ...closeIntent(ctx, id),
      ...inserts,
      insertAudit(
        ctx,
        { ...withdrawalEntry(intent), rowSha256 },
        { actorKind: actor.kind, actorId: actor.id },
        intent.createdAt,
      ),
    ]);
  } catch (error) {
    if (!(error instanceof GuardFailed)) throw error;
    // Another call withdrew it in between: its row is the answer.
    const [made] = (await ctx.db.read({ withdrawal: withdrawalOf(ctx, id) })).withdrawal;
    if (!made) throw error;
    return { intent: made, replayed: true };
  }
  return { intent, replayed: false };
}

function withdrawalEntry({ id, status }: RevocationRow): AuditEntry {
  return {
    eventKind: "product_revocation_intent_withdrawn",
    subjectId: id,
    subjectStatus: status,
    summary: "The owner withdrew a note that access should be removed.",
  };
}

function withdrawalRow(recorded: RevocationRow, actor: Actor, ctx: Context): RevocationRow {
  const now = ctx.clock.now();
  return {
    ...recorded,
    id: ctx.ids.next("product-revocation-intent"),
    status: revocationContract.withdrawnStatus,
    closesIntentId: recorded.id,
    operationId: null,
    confirmationTextSha256: null,
    reasonGiven: 0,
    actorUserId: actor.id,
    createdAt: now,
    updatedAt: now,
  };
}
