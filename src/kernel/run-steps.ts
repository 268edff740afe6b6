import { boundGuard } from "../base/bounds.ts";
import { Problem, staleState } from "../base/problem.ts";
import { useApproval, withdrawUnderKey } from "../db/approvals.ts";
import { correlationOf } from "../db/audit.ts";
import { guardNotDeclined, guardNotDeclinedLately } from "../db/declines.ts";
import { guardWithinLimits } from "../db/grant-limits.ts";
import { guardProofIsEnough } from "../db/minimum-proofs.ts";
import { claimOperation, type OperationRow } from "../db/operations.ts";
import { approvalRequired, assertAsShown } from "./approval.ts";
import { proofRequired } from "./asked-at-once.ts";
import type { Subject, WriteAnswer } from "./confirmed-write.ts";
import { LIMITS_URI, overLimit } from "./grant-limits.ts";
import { questionLines } from "./question-lines.ts";
import { isEnough, stronger } from "./risk.ts";
import { type Run, type RunState, readState, type Stage } from "./run.ts";
import { continueEffect, isFinished, runEffect } from "./run-effect.ts";
import { ageOf, answerOf, auditOfRun, operationRow, redacted, replay, seedOf } from "./run-records.ts";
import { assertExact, declined, guardRefusal, inProgress, operationUri } from "./write-refusals.ts";
import { unstorableIn } from "./write-request.ts";

/** The rows that a write's functions decide from, with its subject. */
type About = Stage & { readonly subject: Subject };

/** An answer, and whether this run claimed the key. Another run may have finished the operation. */
export interface Answered {
  readonly answer: WriteAnswer;
  readonly claimed: boolean;
}

/**
 * Guards on rows that the check reads, too. If one aborts, the row changed after the check: the owner raised the least
 * proof, the person declined, or another call used up a limit or the last open checkout of the account.
 */
const CHECK_AGAIN = new Set(["proof_raised", "declined", "over_limit", boundGuard("openCheckouts")]);

/** How often one call tries to claim its key, each time checked on the rows as they are then. */
const MOST_CLAIMS = 4;

/** Answers a call: by what is stored under its key, or by checking the call and claiming the key. */
export async function answerCall(run: Run): Promise<Answered> {
  for (let claims = 0; ; claims++) {
    const state = await readState(run);
    if (state.operation) return answerKnownKey(run, state.operation, state.stage);
    const checked = await checkAndCount(run, state);
    if (claims === MOST_CLAIMS)
      throw new Error(`${run.write.name}: the check allows this call, and a guard refuses it`);
    const answered = await claim(run, state, checked);
    if (answered) return answered;
  }
}

/** The key has an operation: a finished one is replayed, an unfinished one continued. */
async function answerKnownKey(run: Run, operation: OperationRow, stage: Stage): Promise<Answered> {
  if (!isSameCall(run, operation)) {
    throw new Problem("idempotency_conflict", {
      detail: "This key was used with other arguments or for another write. Use a new key for a new intent.",
      field: "idempotencyKey",
    });
  }
  if (isFinished(operation)) return { answer: await replay(run, operation), claimed: false };
  // An approval that comes while the operation is unfinished may finish it, with the exact text like the first.
  if (run.approval) assertExact(operation.confirmedText, run.request.givenText ?? "", operationUri(operation.id));
  await run.ctx.limits.check("stripeCalls", run.actor.id);
  return { answer: await continueEffect(run, operation, stage), claimed: false };
}

/** Checks a new call, and counts a refusal by a bound. */
function checkAndCount(run: Run, state: RunState) {
  return check(run, state).catch(async (thrown: unknown) => {
    const bound = thrown instanceof Problem ? thrown.details.bound : undefined;
    if (bound) await run.ctx.limits.refuse(bound);
    throw thrown;
  });
}

/**
 * The call was checked: plan, claim its key and change in one batch, act outside where the write does, and answer.
 * Undefined: the call has to be checked again.
 */
async function claim(
  run: Run,
  state: RunState,
  { about, text, resource }: Awaited<ReturnType<typeof check>>,
): Promise<Answered | undefined> {
  const { write, ctx } = run;
  const id = run.approval?.operationId ?? ctx.ids.next("operation");
  const seed = seedOf(run, { id, auditCorrelationId: correlationOf(id) });
  if (write.effect) await ctx.limits.check("stripeCalls", run.actor.id);
  const plan = await write.plan({ ...about, operation: seed });
  const result = "result" in plan ? redacted(run, plan.result) : undefined;
  const operation = await operationRow(run, seed, { subject: about.subject, text, result });
  const refused = await ctx.db.tryCommit([
    ...claimOperation(ctx, operation),
    guardProofIsEnough(ctx, state.rule.name, run.proof),
    ...approvalStatements(run, state),
    ...(run.proofRows?.writes ?? []),
    ...plan.writes,
    ...limitStatements(run, about),
    ...auditOfRun(run, operation, plan.audit, seed.now),
  ]);
  if (refused === "claim_taken") return answerLostClaim(run);
  if (refused && CHECK_AGAIN.has(refused)) return undefined;
  if (refused) {
    throw run.proofRows?.refusalOf(refused) ?? (await ctx.limits.refusalOf(refused)) ?? guardRefusal(refused, resource);
  }
  if (result) return { answer: answerOf(run, operation, result, false), claimed: true };
  if (!("pending" in plan)) throw new Error(`${write.name}: a plan needs a result or a claim`);
  return { answer: await runEffect(run, operation, plan.pending, state.stage), claimed: true };
}

/** Checks a new call in the contract's order. Throws the first refusal; a person's approval is asked for last. */
async function check(run: Run, state: RunState) {
  const { stage, latest, wasDeclined } = state;
  const { write, request, actor, approval, ctx } = run;
  const subject: Subject = write.subject(stage);
  const resource = write.subjectResource(subject);
  const about = { ...stage, subject };
  const text = write.confirmation(about);
  const given = request.givenText;
  if (given !== undefined) assertExact(text, given, resource);
  if (!approval && wasDeclined) throw declined();
  const { minimum, why } = neededProof(run, state, about);
  const confirmed = given !== undefined && isEnough(run.proof, minimum);
  if (subject.updatedAt !== request.expectedUpdatedAt) throw staleState(resource);
  write.eligible(about);
  const bound = { write, actor, request, subject };
  if (!confirmed) {
    const lines = questionLines(write, about, state.asker);
    const { asksInForm } = run;
    const { waitMinutes, wasDeclinedLately } = state;
    const question = { ...bound, resource, text, lines, minimum, why, latest, asksInForm, waitMinutes };
    const unstorable = unstorableIn(write, request.input);
    throw unstorable === undefined
      ? await approvalRequired({ ...question, isMailed: !wasDeclinedLately }, ctx)
      : await proofRequired({ ...question, unstorable }, ctx);
  }
  const answered = approval ?? (run.answered === undefined ? undefined : { bindingSha256: run.answered });
  if (answered) await assertAsShown(run, { ...bound, lines: questionLines(write, about, state.asker) }, answered);
  return { about, text, resource };
}

/** The least proof of a call: its rule's, or our page's where the person said no to it or set a limit that it is over. */
function neededProof({ write, ctx }: Run, { minimum, wasDeclinedLately, limitState }: RunState, about: About) {
  const over = overLimit(limitState, write.spends?.(about), ctx.clock.now());
  const why = wasDeclinedLately
    ? "The person declined this within the last 24 hours."
    : over && `${over} Read ${LIMITS_URI}.`;
  return { minimum: why === undefined ? minimum : stronger(minimum, "approval_page"), why };
}

/** Statements that refuse a call over a limit of its grant. What its person decided on our page is no call of the app alone. */
function limitStatements({ write, actor, proof, ctx }: Run, about: About) {
  if (actor.grantId === null || isEnough(proof, "approval_page")) return [];
  return [guardWithinLimits(ctx, actor.grantId, write.spends?.(about))];
}

/** Statements that use up the run's approval. A run without one withdraws the approval that waits under its key. */
function approvalStatements({ approval, actor, proof, request, ctx }: Run, { latest }: RunState) {
  const notDeclined = isEnough(proof, "approval_page") ? [] : [guardNotDeclinedLately(ctx, actor, request)];
  if (approval) return [...notDeclined, ...useApproval(ctx, approval.id)];
  const waiting = latest?.status === "pending" ? withdrawUnderKey(ctx, latest, actor) : [];
  return [guardNotDeclined(ctx, actor.id, request), ...notDeclined, ...waiting];
}

/** Another run claimed the key first: its answer counts, or `operation_in_progress` until it has one. */
async function answerLostClaim(run: Run): Promise<Answered> {
  const { operation, stage } = await readState(run);
  if (!operation) throw inProgress();
  if (isSameCall(run, operation) && !isFinished(operation)) {
    throw inProgress(ageOf(operation, run.ctx));
  }
  return answerKnownKey(run, operation, stage);
}

function isSameCall({ write, request }: Run, { writeName, fingerprint }: OperationRow): boolean {
  return writeName === write.name && fingerprint === request.fingerprint;
}
