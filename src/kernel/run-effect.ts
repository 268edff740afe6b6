import { nextVersion } from "../base/time.ts";
import type { Query } from "../db/database.ts";
import { moveOperation, type OperationRow } from "../db/operations.ts";
import type { Settlement, WriteAnswer } from "./confirmed-write.ts";
import { type Run, readState, type Stage } from "./run.ts";
import { ageOf, answerOf, auditOfRun, redacted, replay, seedOf } from "./run-records.ts";
import { sealAnswer } from "./sealed-columns.ts";
import { inProgress, outcomeUnknown } from "./write-refusals.ts";

/** How often an outcome is settled, each time from the rows as they are then: Stripe's webhook may change them meanwhile. */
const FINISH_TRIES = 3;

/** Continues an unfinished operation from the rows of its claim. Two runs may do this at once. */
export async function continueEffect(run: Run, operation: OperationRow, stage: Stage): Promise<WriteAnswer> {
  const pending: unknown = run.write.effect?.resume(stage);
  if (pending === undefined) throw new Error(`${run.write.name}: the rows of the claim are gone`);
  const noted: readonly Query[] = run.write.effect?.begin?.({ pending, ctx: run.ctx }) ?? [];
  if (noted.length > 0) await run.ctx.db.commit(noted);
  return runEffect(run, operation, pending, stage);
}

/** Calls the other service once, then records the outcome. If a row changed meanwhile, the same outcome is settled again. */
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
  throw inProgress(seed.age);
}

/** Whether an operation has its final answer. */
export const isFinished = ({ status }: OperationRow) => status === "succeeded" || status === "failed";

/** Commits a settlement; false when a row changed meanwhile. Throws `outcome_unknown` where the database gave no answer. */
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
    throw outcomeUnknown(operation.id, ageOf(operation, ctx));
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
