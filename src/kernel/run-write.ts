import type { ApprovalRow } from "../db/approvals.ts";
import type { OperationRow } from "../db/operations.ts";
import { absentActor } from "./absent-actor.ts";
import { type Actor, assertScope } from "./actor.ts";
import { approvedCall } from "./approval.ts";
import type { ConfirmedWrite, Consequence, Subject, WriteAnswer } from "./confirmed-write.ts";
import type { Context } from "./context.ts";
import { argumentsPlace } from "./stored-answer.ts";
import { assertExact, noLongerWaiting, operationUri } from "./write-refusals.ts";
import { parseWriteRequest, type WriteRequest } from "./write-request.ts";
import { Run, type WriteCall } from "./write-run.ts";

/**
 * Runs a confirmed write: check, claim, change, answer; with an outside effect: claim, act, finish.
 * Every refusal is a thrown Problem and leaves the key free. A finished operation is replayed and never runs again.
 */
export async function runWrite(write: ConfirmedWrite, call: WriteCall, ctx: Context): Promise<WriteAnswer> {
  return (await runAndTell(write, call, ctx)).answer;
}

/** The same, and whether it was this call that claimed the key, whoever finished what it began. */
export async function runAndTell(
  write: ConfirmedWrite,
  call: WriteCall,
  ctx: Context,
): Promise<{ readonly answer: WriteAnswer; readonly claimed: boolean }> {
  assertScope(call.actor, write.scope);
  const request = await parseWriteRequest(write, call.args).catch(async (refusal: unknown) => {
    // A revoked token learns that it is revoked, not what was wrong with its arguments.
    call.actor.assertStanding((await ctx.db.read({ standing: call.actor.standing })).standing);
    throw refusal;
  });
  const run = new Run(write, call, request, ctx);
  const { operation, stage, policy } = await run.read();
  const answer = await (operation ? run.resume(operation, stage) : run.start(stage, policy));
  return { answer, claimed: run.claimed };
}

/**
 * Goes on with an operation whose caller never came back: the same steps as a repeated call, on behalf of the same actor
 * and recorded as the schedule's. Throws the Problem that a caller would have got.
 */
export function resumeOperation(write: ConfirmedWrite, stored: OperationRow, ctx: Context): Promise<WriteAnswer> {
  return resumeStored(write, stored, absentActor("scheduled_run", stored, write, ctx), ctx);
}

/**
 * Goes on with what a person has approved and nobody has finished, for the same yes given once more.
 * Throws `confirmation_mismatch` for any other text.
 */
export async function finishApproved(
  write: ConfirmedWrite,
  stored: OperationRow,
  yes: { readonly actor: Actor; readonly confirmationText: string },
  ctx: Context,
): Promise<WriteAnswer> {
  assertExact(stored.confirmationText, yes.confirmationText, operationUri(stored.id));
  return resumeStored(write, stored, yes.actor, ctx);
}

/** From the stored arguments of an unfinished operation. */
async function resumeStored(
  write: ConfirmedWrite,
  stored: OperationRow,
  actor: Actor,
  ctx: Context,
): Promise<WriteAnswer> {
  if (stored.argumentsSealed === null) throw new Error("the operation has no stored arguments");
  const opened = await ctx.keyring.open(stored.argumentsSealed, argumentsPlace(stored.id));
  const { input, expectedUpdatedAt } = JSON.parse(opened) as Pick<WriteRequest, "input" | "expectedUpdatedAt">;
  const { idempotencyKey, fingerprint, confirmationText } = stored;
  const run = new Run(
    write,
    { actor, args: undefined },
    { input, expectedUpdatedAt, idempotencyKey, fingerprint, confirmationText },
    ctx,
  );
  const { operation, stage } = await run.read();
  if (!operation) throw new Error("the operation is gone");
  return run.resume(operation, stage);
}

/** What a person is shown before they decide, as it stands now. */
export interface Review {
  readonly text: string;
  readonly consequences: readonly Consequence[];
  /** Whether the subject is still the version that was asked about. */
  readonly changed: boolean;
}

/**
 * Reads an approval's write as it would run now. Throws what the write itself would refuse: gone, ineligible, revoked.
 */
export async function reviewApproval(
  write: ConfirmedWrite,
  approval: ApprovalRow,
  actor: Actor,
  ctx: Context,
): Promise<Review> {
  const { request } = await approvedCall(write, approval, ctx);
  const { stage, operation } = await new Run(write, { actor, args: undefined }, request, ctx).read();
  if (operation) throw noLongerWaiting();
  const subject: Subject = write.subject(stage);
  const about = { ...stage, subject };
  if (subject.updatedAt === approval.subjectUpdatedAt) write.eligible(about);
  return {
    text: write.confirmation(about),
    consequences: write.consequences(about),
    changed: subject.updatedAt !== approval.subjectUpdatedAt,
  };
}
