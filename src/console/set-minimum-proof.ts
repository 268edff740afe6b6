import { Problem } from "../base/problem.ts";
import { insertAudit } from "../db/audit.ts";
import { GuardFailed, type Query } from "../db/database.ts";
import { guardMinimumProof, type MinimumProof, minimumProofRows, putMinimumProof } from "../db/minimum-proofs.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Context } from "../kernel/context.ts";

/** The least proof of one write: what it was where it was decided, and what it is to be. */
export interface ProofChange {
  readonly writeName: string;
  readonly from: MinimumProof;
  readonly to: MinimumProof;
}

/**
 * Sets which proof writes ask for at least, on the word of the owner's session; no tool can. All of it or nothing, one
 * audit event each. Idempotent: what is so already is left alone. Throws `stale_state` where a rule is no longer what
 * it was: an old page can't quietly lower what another raised.
 */
export async function setMinimumProofs(
  changes: readonly ProofChange[],
  actor: Actor,
  ctx: Context,
): Promise<{ readonly changed: number }> {
  const rows = await ctx.db.read({ rules: minimumProofRows(ctx), standing: actor.standing });
  actor.assertStanding(rows.standing);
  const current = new Map(rows.rules.map(({ writeName, minimumProof }) => [writeName, minimumProof]));
  const isNow = ({ writeName }: ProofChange) => current.get(writeName) ?? "argument";
  const wanted = changes.filter((change) => change.to !== isNow(change));
  if (wanted.length === 0) return { changed: 0 };
  if (wanted.some((change) => change.from !== isNow(change))) throw moved();
  const correlation = ctx.ids.next("audit");
  try {
    await ctx.db.commit(wanted.flatMap((change) => statementsOf(change, correlation, actor, ctx)));
  } catch (error) {
    if (error instanceof GuardFailed && error.code === "stale_state") throw moved();
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

function moved(): Problem {
  return new Problem("stale_state", { detail: "A minimum proof has changed since this page was shown." });
}
