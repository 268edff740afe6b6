import type { ApprovalRow } from "../db/approvals.ts";
import type { OperationRow } from "../db/operations.ts";
import { absentActor } from "./absent-actor.ts";
import { type Actor, assertActorNotRevoked, assertScope } from "./actor.ts";
import { bindingOf, openStoredCall } from "./approval.ts";
import type { ConfirmedWrite, QuestionLine, Subject, WriteAnswer } from "./confirmed-write.ts";
import type { Context } from "./context.ts";
import { overLimit } from "./grant-limits.ts";
import { linesSha256, questionLines } from "./question-lines.ts";
import { type ProofRows, readState } from "./run.ts";
import { continueEffect, isFinished } from "./run-effect.ts";
import { replay } from "./run-records.ts";
import { type Answered, answerCall } from "./run-steps.ts";
import { storedRequest } from "./sealed-columns.ts";
import { assertExact, noLongerWaiting, operationUri } from "./write-refusals.ts";
import { parseWriteRequest } from "./write-request.ts";

/** One call of a write, from any door. */
interface WriteCall {
  readonly actor: Actor;
  /** The write's arguments and the envelope, unchecked. */
  readonly args: unknown;
  /** The text that a person typed when asked. Without it the text in `args` counts; without both, a person is asked. */
  readonly typed?: TypedText;
  /** What a text in `args` counts as, where the door proves more than a call does. */
  readonly textCountsAs?: "elicited";
  /** True where the door asks the person at once, in a form of their client: no mail then tells them what waits. */
  readonly asksInForm?: boolean;
}

/** The text that a person typed, or that their passkey signed, on our page or in a form of their client. An empty text is a wrong text. */
export interface TypedText {
  readonly text: string;
  readonly proof: Exclude<OperationRow["proof"], "argument">;
  /** The approval that this text is for. */
  readonly approval?: ApprovalRow;
  /** The binding of the call that this text is for, where no approval could hold the call. */
  readonly answered?: string;
  /** The hash of the lines that the person was shown with it; an approval needs one. */
  readonly shown?: string;
  /** What the proof itself stores in the batch of the claim. */
  readonly proofRows?: ProofRows;
}

/**
 * Runs a confirmed write: check, claim, change, answer; with an outside effect: claim, act, finish.
 * Every refusal is a thrown Problem and leaves the key free. A finished operation is replayed and never runs again.
 */
export async function runWrite(write: ConfirmedWrite, call: WriteCall, ctx: Context): Promise<WriteAnswer> {
  return (await runWriteWithClaim(write, call, ctx)).answer;
}

/** `runWrite`, and whether this call claimed the key. */
export async function runWriteWithClaim(write: ConfirmedWrite, call: WriteCall, ctx: Context): Promise<Answered> {
  const { actor, args, typed, textCountsAs = "argument", asksInForm = false } = call;
  assertScope(actor, write.scope);
  const parsed = await parseWriteRequest(write, args).catch(async (refusal: unknown) => {
    // A revoked token learns that it is revoked, not what was wrong with its arguments.
    await assertActorNotRevoked(actor, ctx);
    throw refusal;
  });
  const request = typed ? { ...parsed, givenText: typed.text } : parsed;
  const { proof = textCountsAs, approval, answered, shown, proofRows } = typed ?? {};
  return answerCall({ write, actor, request, proof, approval, answered, shown, asksInForm, proofRows, ctx });
}

/**
 * Continues an operation whose caller has not repeated the call: the same steps as a repeated call, for the same actor,
 * recorded as the scheduled run's. Throws the Problem that the caller would have got.
 */
export function resumeOperation(write: ConfirmedWrite, stored: OperationRow, ctx: Context): Promise<WriteAnswer> {
  return resumeStored(write, stored, absentActor("scheduled_run", stored, write, ctx), ctx);
}

/**
 * Continues an unfinished approved operation when its person types the exact text again, or touches for it.
 * Throws `confirmation_mismatch` for any other text.
 */
export async function finishApproved(
  write: ConfirmedWrite,
  stored: OperationRow,
  confirmed: { readonly actor: Actor; readonly text: string },
  ctx: Context,
): Promise<WriteAnswer> {
  assertExact(stored.confirmedText, confirmed.text, operationUri(stored.id));
  await ctx.limits.check("stripeCalls", confirmed.actor.id);
  return resumeStored(write, stored, confirmed.actor, ctx);
}

/** What an unfinished operation was claimed with, from its own row. */
export async function claimedWith(
  stored: OperationRow,
  ctx: Context,
): Promise<Pick<Review, "input" | "version" | "text">> {
  const { input } = await storedRequest(ctx, stored);
  return { input, version: stored.subjectUpdatedAt, text: stored.confirmedText };
}

async function resumeStored(
  write: ConfirmedWrite,
  stored: OperationRow,
  actor: Actor,
  ctx: Context,
): Promise<WriteAnswer> {
  const { proof } = stored;
  const request = await storedRequest(ctx, stored);
  const run = {
    write,
    actor,
    request,
    proof,
    approval: undefined,
    answered: undefined,
    shown: undefined,
    asksInForm: false,
    ctx,
  };
  const { operation, stage } = await readState(run);
  if (!operation) throw new Error("the operation is gone");
  return isFinished(operation) ? replay(run, operation) : continueEffect(run, operation, stage);
}

/** The text and lines that a person is shown before they decide, from the present rows. */
export interface Review {
  /** The arguments that the write would run with, and the version of its subject. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly version: number;
  /** The least proof of this call by the owner's rule, or by the write's own. */
  readonly minimum: OperationRow["proof"];
  readonly text: string;
  readonly lines: readonly QuestionLine[];
  /** The hash of the lines, which the form carries back. */
  readonly shown: string;
  /** Whether the subject has another version, or a bound line other words, than when the approval was asked for. */
  readonly changed: boolean;
  /** Which limit of its app the call is over, and what is left; undefined for a call within its limits. */
  readonly overLimit: string | undefined;
}

/** Reads an approval's write as it would run now. Throws the refusals of the write itself: gone, ineligible, revoked. */
export async function reviewApproval(
  write: ConfirmedWrite,
  approval: ApprovalRow,
  actor: Actor,
  ctx: Context,
): Promise<Review> {
  const { request } = await openStoredCall(write, approval, ctx);
  const { stage, operation, minimum, asker, limitState } = await readState({ write, actor, request, ctx });
  if (operation) throw noLongerWaiting();
  const subject: Subject = write.subject(stage);
  const about = { ...stage, subject };
  const isOtherVersion = subject.updatedAt !== approval.subjectUpdatedAt;
  if (!isOtherVersion) write.eligible(about);
  const lines = questionLines(write, about, asker);
  const changed =
    isOtherVersion || approval.bindingSha256 !== (await bindingOf({ write, actor, request, subject, lines }));
  return {
    input: request.input,
    version: subject.updatedAt,
    minimum,
    text: write.confirmation(about),
    lines,
    shown: await linesSha256(lines),
    changed,
    overLimit: overLimit(limitState, write.spends?.(about), ctx.clock.now()),
  };
}
