import { Problem } from "../base/problem.ts";
import { insertAudit } from "../db/audit.ts";
import type { Query } from "../db/database.ts";
import { guardMinimumProof, guardOwnerHasPasskey, minimumProofRows, putMinimumProof } from "../db/minimum-proofs.ts";
import type { Proof } from "../db/schema/vocabulary.ts";
import { type Actor, isOwnerScope } from "../kernel/actor.ts";
import type { ConfirmedWrite } from "../kernel/confirmed-write.ts";
import type { Context } from "../kernel/context.ts";
import { type ProofRule, proofRules } from "../kernel/risk.ts";

/** A rule with its write. */
export interface RuleOfWrite {
  readonly write: ConfirmedWrite;
  readonly rule: ProofRule;
}

/** The least proof of one rule: as the page showed it, and as the owner chose it. */
export interface ProofChange extends RuleOfWrite {
  readonly from: Proof;
  readonly to: Proof;
}

/** The rules of all writes, in the order of the writes. */
export const rulesOf = (writes: readonly ConfirmedWrite[]): readonly RuleOfWrite[] =>
  writes.flatMap((write) => proofRules(write).map((rule) => ({ write, rule })));

/**
 * Sets the least proof of rules for the owner's session; no tool can. All changes or none, one audit event each.
 * Idempotent: a rule that has the chosen proof already is not written. Throws `stale_state` when a rule is not as the
 * page showed it: an old page can't silently lower a rule that another page raised. Throws `ineligible_state` for a
 * passkey as the proof of an owner's write while the owner has none.
 */
export async function setMinimumProofs(
  changes: readonly ProofChange[],
  actor: Actor,
  ctx: Context,
): Promise<{ readonly changed: number }> {
  const rows = await ctx.db.read({ rules: minimumProofRows(ctx), revocationCheck: actor.revocationCheck });
  actor.assertNotRevoked(rows.revocationCheck);
  const current = new Map(rows.rules.map(({ writeName, minimumProof }) => [writeName, minimumProof]));
  const isNow = ({ rule }: ProofChange) => current.get(rule.name) ?? rule.least;
  const wanted = changes.filter((change) => change.to !== isNow(change));
  if (wanted.length === 0) return { changed: 0 };
  if (wanted.some((change) => change.from !== isNow(change))) throw changedSince();
  const correlation = ctx.ids.next("audit");
  const touches = wanted.some(({ write, to }) => to === "passkey" && isOwnerScope(write.scope));
  const refused = await ctx.db.tryCommit([
    ...(touches ? [guardOwnerHasPasskey(ctx)] : []),
    ...wanted.flatMap((change) => statementsOf(change, correlation, actor, ctx)),
  ]);
  if (refused === "no_passkey") throw withoutPasskey();
  if (refused) throw changedSince();
  return { changed: wanted.length };
}

function statementsOf({ rule, from, to }: ProofChange, correlation: string, actor: Actor, ctx: Context): Query[] {
  return [
    guardMinimumProof(ctx, rule, from),
    putMinimumProof(ctx, rule.name, to),
    insertAudit(
      ctx,
      {
        eventKind: "minimum_proof_changed",
        subjectId: rule.name,
        subjectStatus: to,
        summary: `The owner changed the least proof of ${rule.name} from ${from} to ${to}.`,
      },
      { actorKind: actor.kind, actorId: actor.id, proof: "approval_page", auditCorrelationId: correlation },
      ctx.clock.now(),
    ),
  ];
}

function changedSince(): Problem {
  return new Problem("stale_state", { detail: "A confirmation rule has changed since this page was shown." });
}

function withoutPasskey(): Problem {
  return new Problem("ineligible_state", {
    detail: "You have no passkey, so you could not confirm any more. Add one at /account/passkeys first.",
  });
}
