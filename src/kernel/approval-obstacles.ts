import { notFound, Problem, staleState } from "../base/problem.ts";
import type { ApprovalEnd } from "../db/approval-ends.ts";
import type { ApprovalRow } from "../db/approvals.ts";
import type { Query } from "../db/database.ts";
import { type BusinessRow, businessRow, type OperationRow, operationByKey } from "../db/operations.ts";
import { absentActor } from "./absent-actor.ts";
import { approvedCall } from "./approval.ts";
import type { ConfirmedWrite, Subject } from "./confirmed-write.ts";
import type { Context } from "./context.ts";
import { takenBack, unreadable } from "./write-refusals.ts";

/** What stands in the way of a yes, and what a withdrawal for it is called. */
export interface Obstacle {
  readonly because: Extract<ApprovalEnd, { status: "withdrawn" }>["because"];
  readonly problem: Problem;
}

/** Whether a refusal ends an approval: only what was asked anew can come after it. */
export function endsApproval({ code }: Problem): boolean {
  return code === "stale_state" || code === "ineligible_state" || code === "not_found";
}

/**
 * What stands in the way of some approvals that wait, by their ids, as their writes would run now. One round trip for
 * all of them, which changes nothing.
 */
export async function obstaclesTo(
  waiting: readonly ApprovalRow[],
  writes: readonly ConfirmedWrite[],
  ctx: Context,
): Promise<ReadonlyMap<string, Obstacle>> {
  if (waiting.length === 0) return new Map();
  const opened = await Promise.allSettled(waiting.map((approval) => storedCall(approval, writes, ctx)));
  const calls = opened.flatMap((call) => (call.status === "fulfilled" ? [call.value] : []));
  const queries: Record<string, Query> = { business: businessRow(ctx) };
  calls.forEach((call, index) => {
    for (const [name, query] of Object.entries(call.queries)) queries[`${index} ${name}`] = query;
  });
  const rows = await ctx.db.read(queries);
  const [business] = rows.business as BusinessRow[];
  if (!business) throw new Error("the business is not seeded");
  const found = calls.map((call, index): [string, Obstacle | undefined] => {
    const loaded = Object.fromEntries(Object.keys(call.queries).map((name) => [name, rows[`${index} ${name}`]]));
    return [call.approval.id, obstacleTo(call, loaded, business, ctx)];
  });
  // A call that this code cannot read, as after a deploy without its write, nobody can approve either.
  const unread = waiting.filter((_, index) => opened[index]?.status === "rejected");
  return new Map([
    ...found.filter((entry): entry is [string, Obstacle] => entry[1] !== undefined),
    ...unread.map(({ id }): [string, Obstacle] => [id, { because: "subject_changed", problem: unreadable() }]),
  ]);
}

type StoredCall = Awaited<ReturnType<typeof storedCall>>;

async function storedCall(approval: ApprovalRow, writes: readonly ConfirmedWrite[], ctx: Context) {
  const write = writes.find(({ name }) => name === approval.writeName);
  if (!write) throw notFound();
  const { input, idempotencyKey } = (await approvedCall(write, approval, ctx)).request;
  const actor = absentActor("oauth_client", approval, write, ctx);
  const queries: Record<string, Query> = {
    ...write.load({ input, actor, idempotencyKey, ctx }),
    [OPERATION]: operationByKey(ctx, actor.id, idempotencyKey),
  };
  return { approval, write, input, actor, queries };
}

const OPERATION = "kernel.operation";

function obstacleTo(
  { approval, write, input, actor }: StoredCall,
  loaded: Record<string, unknown>,
  business: BusinessRow,
  ctx: Context,
): Obstacle | undefined {
  if ((loaded[OPERATION] as OperationRow[]).length > 0) return { because: "replaced", problem: takenBack("replaced") };
  try {
    const stage = { input, loaded, business, actor, ctx };
    const subject: Subject = write.subject(stage);
    if (subject.updatedAt !== approval.subjectUpdatedAt) throw staleState(write.subjectResource(subject));
    write.eligible({ ...stage, subject });
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    return endsApproval(thrown) ? { because: "subject_changed", problem: thrown } : undefined;
  }
}
