import { Problem } from "../base/problem.ts";
import { insertAudit } from "../db/audit.ts";
import { GuardFailed, type Query } from "../db/database.ts";
import { guardMinimumProof, type MinimumProof, minimumProofRows, putMinimumProof } from "../db/minimum-proofs.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Context } from "../kernel/context.ts";

/** The minimum proof of one write: as the page showed it, and as the owner chose it. */
export interface ProofChange {
  readonly writeName: string;
  readonly from: MinimumProof;
  readonly to: MinimumProof;
}

/**
 * Sets the minimum proof of writes for the owner's session; no tool can. All changes or none, one audit event each.
 * Idempotent: a rule that has the chosen proof already is not written. Throws `stale_state` when a rule is not as the
 * page showed it: an old page can't silently lower a rule that another page raised.
 */
export async function setMinimumProofs(
  changes: readonly ProofChange[],
  actor: Actor,
  ctx: Context,
): Promise<{ readonly changed: number }> {
  const rows = await ctx.db.read({ rules: minimumProofRows(ctx), revocationCheck: actor.revocationCheck });
  actor.assertNotRevoked(rows.revocationCheck);
  const current = new Map(rows.rules.map(({ writeName, minimumProof }) => [writeName, minimumProof]));
  const isNow = ({ writeName }: ProofChange) => current.get(writeName) ?? "argument";
  const wanted = changes.filter((change) => change.to !== isNow(change));
  if (wanted.length === 0) return { changed: 0 };
  if (wanted.some((change) => change.from !== isNow(change))) throw changedSince();
  const correlation = ctx.ids.next("audit");
  try {
    await ctx.db.commit(wanted.flatMap((change) => statementsOf(change, correlation, actor, ctx)));
  } catch (error) {
    if (error instanceof GuardFailed && error.code === "stale_state") throw changedSince();
    throw error;
  }
  return { changed: wanted.length };
}

function statementsOf({ writeName, from, to }: ProofChange, correlation: string, actor: Actor, ctx: Context): Query[] {
  return [
    guardMinimumProof(ctx, writeName, from),
    putMinimumProof(ctx, writeName, to),
    insertAudit(
      ctx,
      {
        eventKind: "minimum_proof_changed",
        subjectId: writeName,
        subjectStatus: to,
        summary: `The owner changed the least proof of ${writeName} from ${from} to ${to}.`,
      },
      { actorKind: actor.kind, actorId: actor.id, proof: "approval_page", auditCorrelationId: correlation },
      ctx.clock.now(),
    ),
  ];
}

function changedSince(): Problem {
  return new Problem("stale_state", { detail: "A minimum proof has changed since this page was shown." });
}
