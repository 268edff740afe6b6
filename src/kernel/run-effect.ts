import { nextVersion } from "../base/time.ts";
import { moveOperation, type OperationRow } from "../db/operations.ts";
import type { Settlement, WriteAnswer } from "./confirmed-write.ts";
import { type Run, readState, type Stage } from "./run.ts";
import { answerOf, auditOfRun, redacted, replay, seedOf } from "./run-records.ts";
import { sealAnswer } from "./sealed-columns.ts";
import { inProgress, outcomeUnknown } from "./write-refusals.ts";

/** How often a finish that lost a race against Stripe's webhook reads again before it gives up. */
const FINISH_TRIES = 3;

/** Goes on with an unfinished operation from what its claim wrote. Two runs may do so at once. */
export async function continueEffect(run: Run, operation: OperationRow, stage: Stage): Promise<WriteAnswer> {
  const pending: unknown = run.write.effect?.resume(stage);
  if (pending === undefined) throw new Error(`${run.write.name}: an unfinished operation has nothing to go on with`);
  return runEffect(run, operation, pending, stage);
}

/** Acts outside, then records how it went; settles again, without acting again, when a row moved in between. */
export async function runEffect(run: Run, claimed: OperationRow, claim: unknown, read: Stage): Promise<WriteAnswer> {
  const { ctx } = run;
  const { effect } = run.write;
  if (!effect) throw new Error(`${run.write.name}: declares no effect`);
  const seed = seedOf(run, claimed);
  const outcome: unknown = await effect.act({ pending: claim, operation: seed, ctx });
  let [pending, operation, stage] = [claim, claimed, read];
  for (let tries = 0; tries < FINISH_TRIES; tries++) {
    const settlement: Settlement<unknown> = await effect.settle({ pending, outcome, operation: seed, stage, ctx });
    if (await record(run, operation, settlement)) return answered(run, operation, settlement);
    const now = await readState(run);
    if (!now.operation) break;
    if (isFinished(now.operation)) return replay(run, now.operation);
    [pending, operation, stage] = [effect.resume(now.stage), now.operation, now.stage];
    if (pending === undefined) break;
  }
  throw inProgress();
}

/** Whether an operation has its final answer. */
export const isFinished = ({ status }: OperationRow) => status === "succeeded" || status === "failed";

/** Commits a settlement; false when a row moved in between. Throws `outcome_unknown` where the database gave no answer. */
async function record(run: Run, operation: OperationRow, settlement: Settlement<unknown>): Promise<boolean> {
  const { ctx } = run;
  const { status, writes, audit } = settlement;
  const stored = storedAnswer(run, settlement);
  if (status === operation.status && writes.length === 0) return true;
  const updatedAt = nextVersion(operation.updatedAt, ctx.clock.now());
  const change = {
    status,
    answerSealed: stored ? await sealAnswer(ctx, operation.id, stored) : null,
    argumentsSealed: stored ? null : operation.argumentsSealed,
    updatedAt,
  };
  try {
    const refused = await ctx.db.tryCommit([
      ...moveOperation(ctx, operation, change),
      ...writes,
      ...auditOfRun(run, operation, audit, updatedAt),
    ]);
    return refused === undefined;
  } catch {
    ctx.log({ event: "internal", name: run.write.name, operationId: operation.id, code: "finish_not_stored" });
    throw outcomeUnknown(operation.id);
  }
}

function storedAnswer(run: Run, settlement: Settlement<unknown>): Record<string, unknown> | undefined {
  if (settlement.status === "succeeded") return redacted(run, settlement.result);
  return settlement.status === "failed" ? { ...settlement.problem.body } : undefined;
}

function answered(run: Run, operation: OperationRow, settlement: Settlement<unknown>): WriteAnswer {
  if (settlement.status !== "succeeded") throw settlement.problem;
  return answerOf(run, operation, redacted(run, settlement.result), false);
}
