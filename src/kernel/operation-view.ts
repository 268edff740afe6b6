import { Problem } from "../base/problem.ts";
import { isoTime } from "../base/time.ts";
import type { ApprovalRow } from "../db/approvals.ts";
import type { OperationRow } from "../db/operations.ts";
import type { Actor } from "./actor.ts";
import { approvalUrl, askerKind } from "./approval.ts";
import type { Context } from "./context.ts";
import { givenTo, type Sight, sightOf } from "./operation-sight.ts";
import { openAnswer } from "./sealed-columns.ts";
import { approvalWithdrawn, declined } from "./write-refusals.ts";

/** The stored rows of a call: its operation, or the approval that was asked for it. */
interface Stored {
  readonly operation: readonly OperationRow[];
  readonly approval: readonly ApprovalRow[];
}

/** One call as this reader may see it; undefined where there is none for them. */
export async function callView({ operation: [row], approval: [approval] }: Stored, actor: Actor | null, ctx: Context) {
  const made = row ?? approval;
  const sight = made && sightOf(made, actor, ctx);
  if (!actor || !sight) return undefined;
  if (row) return operationView(row, { actor, sight }, ctx);
  return approval && approvalView(approval, sight, ctx);
}

/** An operation as lists show it. */
export function operationItem(row: OperationRow, sight: Sight | undefined) {
  return {
    id: row.id,
    write: row.writeName,
    status: row.status,
    ...(sight !== "existence" && {
      actorKind: row.actorKind,
      confirmation: { proof: row.proof },
      subjectId: row.subjectId,
    }),
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
  };
}

async function operationView(row: OperationRow, { actor, sight }: { actor: Actor; sight: Sight }, ctx: Context) {
  const { id, ...item } = operationItem(row, sight);
  const stored = sight === "answer" && row.answerSealed !== null ? await openAnswer(ctx, row) : undefined;
  const answer = stored && givenTo(actor, ctx.findWrite(row.writeName), row, stored);
  return {
    operationId: id,
    ...item,
    ...(answer && (row.status === "failed" ? { problem: answer } : { result: answer })),
  };
}

/**
 * A call that has an approval and no operation: the approval waits, or it ended before the person approved. An approval
 * with an obstacle is shown as failed, with the problem that it will end with.
 */
async function approvalView(approval: ApprovalRow, sight: Sight, ctx: Context) {
  const inTime = approval.status === "pending" && approval.expiresAt > ctx.clock.now();
  const obstacle = inTime ? (await ctx.obstaclesTo([approval])).get(approval.id) : undefined;
  const waiting = inTime && !obstacle;
  // An approval ends when its time runs out, before the scheduled run marks it as expired.
  const ranOut = !inTime && (approval.status === "pending" || approval.status === "expired");
  const view = {
    operationId: approval.operationId,
    write: approval.writeName,
    status: waiting ? ("awaiting_approval" as const) : ("failed" as const),
    ...(sight !== "existence" && {
      actorKind: askerKind(approval.clientId, approval.actorId === ctx.ownerUserId),
      subjectId: approval.subjectId,
    }),
    createdAt: isoTime(approval.createdAt),
    updatedAt: isoTime(ranOut ? approval.expiresAt : (approval.decidedAt ?? approval.createdAt)),
  };
  if (sight === "existence") return view;
  return waiting
    ? {
        ...view,
        expiresAt: isoTime(approval.expiresAt),
        ...(sight === "answer" && { approvalUrl: approvalUrl(approval.id, ctx) }),
      }
    : { ...view, problem: { ...(obstacle?.problem ?? endedUnapproved(approval)).body } };
}

function endedUnapproved({ status, withdrawnBecause }: ApprovalRow): Problem {
  if (status === "declined") return declined();
  if (status === "withdrawn") return approvalWithdrawn(withdrawnBecause);
  return new Problem("approval_required", {
    detail: "It was not approved in time. Repeat the call unchanged to ask again.",
  });
}
