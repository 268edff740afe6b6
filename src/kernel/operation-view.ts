import { Problem } from "../base/problem.ts";
import { isoTime } from "../base/time.ts";
import type { ApprovalRow } from "../db/approvals.ts";
import type { OperationRow } from "../db/operations.ts";
import { approvalUrl, askerKind } from "./approval.ts";
import type { Context } from "./context.ts";
import { openAnswer } from "./sealed-columns.ts";
import { approvalWithdrawn, declined } from "./write-refusals.ts";

/** An operation as lists show it. */
export function operationItem(row: OperationRow) {
  return {
    id: row.id,
    write: row.writeName,
    status: row.status,
    actorKind: row.actorKind,
    confirmation: { proof: row.proof },
    subjectId: row.subjectId,
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
  };
}

/** One operation. `showAnswer` is for the operation's own actor: the answer may hold a link that was given to them. */
export async function operationView(row: OperationRow, showAnswer: boolean, ctx: Context) {
  const { id, ...item } = operationItem(row);
  const answer = showAnswer && row.answerSealed !== null ? await openAnswer(ctx, row) : undefined;
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
export async function approvalView(approval: ApprovalRow, showLink: boolean, ctx: Context) {
  const inTime = approval.status === "pending" && approval.expiresAt > ctx.clock.now();
  const obstacle = inTime ? (await ctx.obstaclesTo([approval])).get(approval.id) : undefined;
  const waiting = inTime && !obstacle;
  // An approval ends when its time runs out, before the scheduled run marks it as expired.
  const ranOut = !inTime && (approval.status === "pending" || approval.status === "expired");
  const view = {
    operationId: approval.operationId,
    write: approval.writeName,
    status: waiting ? ("awaiting_approval" as const) : ("failed" as const),
    actorKind: askerKind(approval.clientId, approval.actorId === ctx.ownerUserId),
    subjectId: approval.subjectId,
    createdAt: isoTime(approval.createdAt),
    updatedAt: isoTime(ranOut ? approval.expiresAt : (approval.decidedAt ?? approval.createdAt)),
  };
  return waiting
    ? { ...view, ...(showLink && { approvalUrl: approvalUrl(approval.id, ctx) }) }
    : { ...view, problem: { ...(obstacle?.problem ?? endedUnapproved(approval)).body } };
}

function endedUnapproved({ status, withdrawnBecause }: ApprovalRow): Problem {
  if (status === "declined") return declined();
  if (status === "withdrawn") return approvalWithdrawn(withdrawnBecause);
  return new Problem("approval_required", {
    detail: "It was not approved in time. Repeat the call unchanged to ask again.",
  });
}
