import { notFound, Problem, staleState } from "../base/problem.ts";
import type { ApprovalEnd } from "../db/approval-ends.ts";
import { type ApprovalRow, overtakenApprovals } from "../db/approvals.ts";
import type { Query } from "../db/database.ts";
import { type BusinessRow, businessRow, requireBusiness } from "../db/operations.ts";
import { absentActor } from "./absent-actor.ts";
import { openStoredCall } from "./approval.ts";
import type { ConfirmedWrite, Subject } from "./confirmed-write.ts";
import type { Context } from "./context.ts";
import { approvalWithdrawn, unreadableCall } from "./write-refusals.ts";

/** Why a waiting approval can no longer be approved: the reason of its withdrawal, and the problem that its caller gets. */
export interface Obstacle {
  readonly because: Extract<ApprovalEnd, { status: "withdrawn" }>["because"];
  readonly problem: Problem;
}

/** Whether a refusal of the write ends its approval: the subject has changed or is gone, so a new approval is needed. */
export function endsApproval({ code }: Problem): boolean {
  return code === "stale_state" || code === "ineligible_state" || code === "not_found";
}

/**
 * Checks whether the writes of waiting approvals would run now, and answers the obstacles by approval id. One round trip
 * for all, and it only reads.
 */
export async function obstaclesTo(
  waiting: readonly ApprovalRow[],
  writes: readonly ConfirmedWrite[],
  ctx: Context,
): Promise<ReadonlyMap<string, Obstacle>> {
  const found = new Map<string, Obstacle>();
  if (waiting.length === 0) return found;
  const opened = await Promise.allSettled(waiting.map((approval) => storedCall(approval, writes, ctx)));
  const calls = opened.flatMap((call) => (call.status === "fulfilled" ? [call.value] : []));
  const ids = waiting.map(({ id }) => id);
  const own = { business: businessRow(ctx), overtaken: overtakenApprovals(ctx, ids) };
  const [rows, ...loaded] = await ctx.db.readTogether([own, ...calls.map(({ queries }) => queries)]);
  const business = requireBusiness(rows.business);
  for (const [index, call] of calls.entries()) {
    const problem = refusalNow(call, loaded[index] ?? {}, business, ctx);
    if (problem && endsApproval(problem)) found.set(call.approval.id, { because: "subject_changed", problem });
  }
  for (const { id } of rows.overtaken) found.set(id, { because: "replaced", problem: approvalWithdrawn("replaced") });
  // After a deploy, a stored call may name a write that is gone or that takes other arguments: it cannot be approved.
  for (const [index, { id }] of waiting.entries()) {
    if (opened[index]?.status === "rejected") found.set(id, { because: "subject_changed", problem: unreadableCall() });
  }
  return found;
}

type StoredCall = Awaited<ReturnType<typeof storedCall>>;

async function storedCall(approval: ApprovalRow, writes: readonly ConfirmedWrite[], ctx: Context) {
  const write = writes.find(({ name }) => name === approval.writeName);
  if (!write) throw notFound();
  const { input, idempotencyKey } = (await openStoredCall(write, approval, ctx)).request;
  const actor = absentActor("oauth_client", approval, write, ctx);
  const queries: Record<string, Query> = write.load({ input, actor, idempotencyKey, ctx });
  return { approval, write, input, actor, queries };
}

/** The problem with which the write would refuse the call now; undefined when it would run. */
function refusalNow(
  { approval, write, input, actor }: StoredCall,
  loaded: Record<string, unknown>,
  business: BusinessRow,
  ctx: Context,
): Problem | undefined {
  try {
    const stage = { input, loaded, business, actor, ctx };
    const subject: Subject = write.subject(stage);
    if (subject.updatedAt !== approval.subjectUpdatedAt) return staleState(write.subjectResource(subject));
    write.eligible({ ...stage, subject });
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown;
    throw thrown;
  }
}
