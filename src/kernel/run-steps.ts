import { Problem, staleState } from "../base/problem.ts";
import { guardNotDeclined, useApproval, withdrawUnderKey } from "../db/approvals.ts";
import { correlationOf } from "../db/audit.ts";
import { guardProofIsEnough } from "../db/minimum-proofs.ts";
import { claimOperation, type OperationRow } from "../db/operations.ts";
import { approvalRequired, bindingOf, isEnough } from "./approval.ts";
import type { Subject, WriteAnswer } from "./confirmed-write.ts";
import { type Run, type RunState, readState, type Stage } from "./run.ts";
import { continueEffect, isFinished, runEffect } from "./run-effect.ts";
import { answerOf, auditOfRun, operationRow, redacted, replay, seedOf } from "./run-records.ts";
import {
  assertExact,
  confirmationRequired,
  declined,
  guardRefusal,
  inProgress,
  noLongerWaiting,
  operationUri,
} from "./write-refusals.ts";

/** An answer, and whether it was this run that claimed the key, whichever run finished the operation. */
export interface Answered {
  readonly answer: WriteAnswer;
  readonly claimed: boolean;
}

/** A key that is known is replayed or gone on with; a new one is checked and claimed. */
export async function answerCall(run: Run): Promise<Answered> {
  const state = await readState(run);
  return state.operation ? answerKnownKey(run, state.operation, state.stage) : answerNewKey(run, state);
}

/** The key is known: replay what is finished, go on with what is not. */
async function answerKnownKey(run: Run, operation: OperationRow, stage: Stage): Promise<Answered> {
  if (!isSameCall(run, operation)) {
    throw new Problem("idempotency_conflict", {
      detail: "This key was used with other arguments or for another write. Use a new key for a new intent.",
      field: "idempotencyKey",
    });
  }
  if (isFinished(operation)) return { answer: await replay(run, operation), claimed: false };
  // A yes that comes while the operation is unfinished may finish it, and is held to the text like the first.
  if (run.approval) assertExact(operation.confirmedText, run.request.givenText ?? "", operationUri(operation.id));
  return { answer: await continueEffect(run, operation, stage), claimed: false };
}

/** The key is new: check, plan, then claim and change in one batch; act outside where the write does; answer. */
async function answerNewKey(run: Run, state: RunState): Promise<Answered> {
  const { write, ctx } = run;
  const { about, text, resource } = await check(run, state);
  const id = run.approval?.operationId ?? ctx.ids.next("operation");
  const seed = seedOf(run, { id, auditCorrelationId: correlationOf(id) });
  const plan = await write.plan({ ...about, operation: seed });
  const result = "result" in plan ? redacted(run, plan.result) : undefined;
  const operation = await operationRow(run, seed, { subject: about.subject, text, result });
  const refused = await ctx.db.tryCommit([
    ...claimOperation(ctx, operation),
    guardProofIsEnough(ctx, write.name, run.proof),
    ...approvalStatements(run, state),
    ...plan.writes,
    ...auditOfRun(run, operation, plan.audit, seed.now),
  ]);
  if (refused === "claim_taken") return answerLostClaim(run);
  // The owner asked for more, or the person said no, since the state was read: the call is judged as if it came after.
  if (refused === "proof_raised" || refused === "declined") return answerCall(run);
  if (refused) throw guardRefusal(refused, resource);
  if (result) return { answer: answerOf(run, operation, result, false), claimed: true };
  if (!("pending" in plan)) throw new Error(`${write.name}: a plan needs a result or a claim`);
  return { answer: await runEffect(run, operation, plan.pending, state.stage), claimed: true };
}

/** The checks of a new call, in the contract's order. Throws what the first that fails says, or asks a person. */
async function check(run: Run, { stage, minimum, latest, wasDeclined }: RunState) {
  const { write, request, actor, approval, ctx } = run;
  const subject: Subject = write.subject(stage);
  const resource = write.subjectResource(subject);
  const about = { ...stage, subject };
  const text = write.confirmation(about);
  const given = request.givenText;
  if (given !== undefined) assertExact(text, given, resource);
  if (!approval && wasDeclined) throw declined();
  const confirmed = given !== undefined && isEnough(run.proof, minimum);
  if (!confirmed && write.approvable === false) throw confirmationRequired(resource, given !== undefined);
  if (subject.updatedAt !== request.expectedUpdatedAt) throw staleState(resource);
  write.eligible(about);
  const bound = { write, actor, request, subject };
  if (!confirmed) {
    const consequences = write.consequences(about);
    throw await approvalRequired({ ...bound, resource, text, consequences, minimum, latest }, ctx);
  }
  if (approval && approval.bindingSha256 !== (await bindingOf(bound))) throw noLongerWaiting();
  return { about, text, resource };
}

/** Uses up the approval that the run came with; a call without one takes back what waits under its key. */
function approvalStatements({ approval, actor, request, ctx }: Run, { latest }: RunState) {
  if (approval) return useApproval(ctx, approval.id);
  const waiting = latest?.status === "pending" ? withdrawUnderKey(ctx, latest, actor) : [];
  return [guardNotDeclined(ctx, actor.id, request), ...waiting];
}

/** Another call with the same key claimed first: its answer is the answer, once there is one. */
async function answerLostClaim(run: Run): Promise<Answered> {
  const { operation, stage } = await readState(run);
  if (!operation || (isSameCall(run, operation) && !isFinished(operation))) throw inProgress();
  return answerKnownKey(run, operation, stage);
}

function isSameCall({ write, request }: Run, { writeName, fingerprint }: OperationRow): boolean {
  return writeName === write.name && fingerprint === request.fingerprint;
}
