import { base64url } from "../base/base64url.ts";
import { type BoundName, boundOf, boundOfGuard } from "../base/bounds.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { randomToken, sha256 } from "../base/digest.ts";
import { type Asked, Problem, staleState } from "../base/problem.ts";
import { isoTime, MINUTE_MS } from "../base/time.ts";
import {
  type ApprovalRow,
  approvalByKey,
  askForApproval,
  pendingApprovals,
  withdrawApproval,
} from "../db/approvals.ts";
import { queueMail } from "../db/mail-outbox.ts";
import type { OperationRow } from "../db/operations.ts";
import type { Actor } from "./actor.ts";
import type { ConfirmedWrite, QuestionLine, Subject } from "./confirmed-write.ts";
import type { Context } from "./context.ts";
import { linesSha256 } from "./question-lines.ts";
import { isEnough } from "./risk.ts";
import { declined, inProgress, noLongerWaiting, shownOtherwise, unreadableCall } from "./write-refusals.ts";
import { parseWriteRequest, type WriteRequest } from "./write-request.ts";

type Proof = OperationRow["proof"];

/** Whether a person may be asked in a form of their client: as proof it is enough, and the form quotes no text of others. */
const isElicitable = ({ minimum, lines }: Pick<ApprovalQuestion, "minimum" | "lines">): boolean =>
  isEnough("elicited", minimum) && !lines.some(({ quoted }) => quoted);

/** The question that a call puts to a person. */
export interface ApprovalQuestion {
  readonly write: ConfirmedWrite;
  readonly actor: Actor;
  readonly request: WriteRequest;
  readonly subject: Subject;
  readonly resource: string;
  readonly text: string;
  readonly lines: readonly QuestionLine[];
  readonly minimum: Proof;
  /** The latest approval under the same key. */
  readonly latest: ApprovalRow | undefined;
  /** Whether the person is asked in a form of their client, where that is proof enough. */
  readonly asksInForm: boolean;
  /** Why more is asked of this call than of others of its write, in a sentence for the caller. */
  readonly why: string | undefined;
  /** How long the approval waits, in minutes. */
  readonly waitMinutes: number;
  /** False after a no to the same call: a second mail about it would be pressure. */
  readonly isMailed: boolean;
}

/**
 * Stores an approval for the call and answers `approval_required` with its link. A repeated call gets the link of its
 * waiting approval; another call under the same key replaces that approval; a declined call stays declined.
 * Answers `rate_limited` while as many approvals wait as may wait for this person, or for this client of theirs.
 */
export async function approvalRequired(question: ApprovalQuestion, ctx: Context): Promise<Problem> {
  const { latest, request, actor } = question;
  const now = ctx.clock.now();
  const binding = await bindingOf(question);
  const waits = (row: ApprovalRow | undefined) =>
    row?.bindingSha256 === binding && row.status === "pending" && row.expiresAt > now;
  if (latest && waits(latest)) return approvalProblem(question, latest, ctx);
  const row = await newApproval(question, binding, now, ctx);
  const isAskedThere = question.asksInForm && isElicitable(question);
  const mail = { mailKind: "approval_waits", subjectId: row.id, checkoutIntentId: null, now } as const;
  const asking = [
    ...askForApproval(ctx, row, actor),
    ...(isAskedThere || !question.isMailed ? [] : [queueMail(ctx, mail)]),
  ];
  let refused = await ctx.db.tryCommit(asking);
  if (refused && boundOfGuard(refused)) {
    const { pending } = await ctx.db.read({ pending: pendingApprovals(ctx, actor.id) });
    const obstacles = await ctx.obstaclesTo(pending);
    // An approval with an obstacle does not count towards the limit.
    const withdrawals = [...obstacles].flatMap(([id, { because }]) => withdrawApproval(ctx, id, because, actor));
    if (withdrawals.length > 0) refused = await ctx.db.tryCommit([...withdrawals, ...asking]);
    const bound = refused && boundOfGuard(refused);
    if (bound) return tooMany(bound, pending, actor, ctx);
  }
  if (!refused) return approvalProblem(question, row, ctx);
  if (refused === "declined") return declined();
  const { stored, revocationCheck } = await ctx.db.read({
    stored: approvalByKey(ctx, actor.id, request.idempotencyKey),
    revocationCheck: actor.revocationCheck,
  });
  actor.assertNotRevoked(revocationCheck);
  // Another run of the same call stored its approval first: both answer that link.
  return stored[0] && waits(stored[0]) ? approvalProblem(question, stored[0], ctx) : inProgress();
}

async function newApproval(
  question: ApprovalQuestion,
  bindingSha256: string,
  now: number,
  ctx: Context,
): Promise<ApprovalRow> {
  const { request, actor, write, subject } = question;
  const id = `approval-${randomToken()}`;
  return {
    id,
    ownerUserId: ctx.ownerUserId,
    operationId: ctx.ids.next("operation"),
    actorId: actor.id,
    clientId: actor.clientId,
    clientDeclared: actor.clientDeclared,
    grantId: actor.grantId,
    idempotencyKey: request.idempotencyKey,
    writeName: write.name,
    fingerprint: request.fingerprint,
    callSha256: request.callSha256,
    bindingSha256,
    subjectId: subject.id,
    subjectUpdatedAt: subject.updatedAt,
    argumentsSealed: await ctx.keyring.seal(JSON.stringify(argumentsOf(request)), approvalPlace(id)),
    status: "pending",
    withdrawnBecause: null,
    expiresAt: now + question.waitMinutes * MINUTE_MS,
    decidedAt: null,
    createdAt: now,
    challengeRandom: base64url(crypto.getRandomValues(new Uint8Array(32))),
    forgottenAt: null,
  };
}

/** A person may decide long before an approval runs out: a caller looks again after this long at the latest. */
const LOOK_AGAIN_SECONDS = 900;

/** The wait ends with the approval of this bound that runs out first, or with the person's decision. */
async function tooMany(bound: BoundName, pending: readonly ApprovalRow[], actor: Actor, ctx: Context) {
  const { most, of } = boundOf(bound);
  const counted = pending.filter(({ clientId }) => of !== "client" || clientId === actor.clientId);
  const wait = Math.min(...counted.map(({ expiresAt }) => expiresAt)) - ctx.clock.now();
  const asked = of === "client" ? "of this client's " : "";
  const { details } = await ctx.limits.refuse(
    bound,
    `${most} ${asked}approvals wait for this person already. Let them decide, or let the oldest run out.`,
  );
  return new Problem("rate_limited", {
    ...details,
    retryAfterSeconds: counted.length > 0 ? Math.min(LOOK_AGAIN_SECONDS, Math.max(1, Math.ceil(wait / 1000))) : 1,
  });
}

/** One hash of all that an approval covers, so that no part of it can change after the person was asked. */
export async function bindingOf({
  write,
  actor,
  request,
  subject,
  lines,
}: Pick<ApprovalQuestion, "write" | "actor" | "request" | "subject" | "lines">) {
  return sha256(
    canonicalJson([
      actor.id,
      actor.clientId,
      write.name,
      request.idempotencyKey,
      request.fingerprint,
      subject.id,
      subject.updatedAt,
      await linesSha256(lines.filter(({ passing }) => !passing)),
    ]),
  );
}

/** What an answer is for: an approval, or the binding alone of a call that no approval can hold. */
type Answered = Pick<ApprovalRow, "bindingSha256"> & Partial<Pick<ApprovalRow, "fingerprint" | "idempotencyKey">>;

/**
 * Throws unless an answer is to this call, and to lines that are still as its person was shown them: `ineligible_state` for
 * another call, `stale_state` for a line that changed since the approval was asked for, else `confirmation_mismatch`.
 */
export async function assertAsShown(
  { shown }: { readonly shown: string | undefined },
  question: Parameters<typeof bindingOf>[0],
  { bindingSha256, fingerprint, idempotencyKey }: Answered,
): Promise<void> {
  const { write, request, subject, lines } = question;
  const resource = write.subjectResource(subject);
  if (bindingSha256 !== (await bindingOf(question))) {
    const isOfCall = fingerprint === request.fingerprint && idempotencyKey === request.idempotencyKey;
    throw isOfCall ? staleState(resource) : noLongerWaiting();
  }
  if (shown !== (await linesSha256(lines))) throw shownOtherwise(resource);
}

/**
 * Opens the stored call of an approval. Throws `ineligible_state` when the approval has ended, the secret that sealed the
 * call is gone, or the write takes other arguments now.
 */
export async function openStoredCall(write: ConfirmedWrite, approval: ApprovalRow, ctx: Context) {
  if (approval.argumentsSealed === null) throw noLongerWaiting();
  try {
    const opened = await ctx.keyring.open(approval.argumentsSealed, approvalPlace(approval.id));
    const args = JSON.parse(opened) as Record<string, unknown>;
    return { args, request: await parseWriteRequest(write, args) };
  } catch {
    throw unreadableCall();
  }
}

/** The kind of actor that asked: a client with a token, or a person in their browser. */
export function askerKind(clientId: string | null, isOwner: boolean): Actor["kind"] {
  if (clientId !== null) return "oauth_client";
  return isOwner ? "owner_session" : "account_session";
}

export const approvalUrl = (id: string, ctx: Context) => `${ctx.publicUrl}/approvals/${id}`;

const approvalPlace = (id: string) => `arguments of ${id}`;

function argumentsOf({ input, idempotencyKey, expectedUpdatedAt }: WriteRequest): Record<string, unknown> {
  return { ...input, idempotencyKey, expectedUpdatedAt: isoTime(expectedUpdatedAt) };
}

async function approvalProblem(
  { write, resource, text, lines, minimum, why }: ApprovalQuestion,
  { id, expiresAt }: Pick<ApprovalRow, "id" | "expiresAt">,
  ctx: Context,
): Promise<Problem> {
  return new Problem("approval_required", {
    detail: `${why ? `${why} ` : ""}A person has to confirm this before ${isoTime(expiresAt)}: give them approvalUrl. Then read get_operation, or repeat the call unchanged.`,
    resource,
    approvalUrl: approvalUrl(id, ctx),
    asked: await askedOf({ write, text, lines, minimum }, { reference: id, expiresAt }),
  });
}

/** What a door can show of a question by itself; `reference` names what an answer is for. */
export async function askedOf(
  { write, text, lines, minimum }: Pick<ApprovalQuestion, "write" | "text" | "lines" | "minimum">,
  { reference, expiresAt }: { readonly reference: string; readonly expiresAt: number },
): Promise<Asked> {
  return {
    reference,
    title: write.title,
    text,
    lines: lines.filter(({ quoted }) => !quoted).map(({ label, value }) => ({ label, value })),
    shown: await linesSha256(lines),
    expiresAt: isoTime(expiresAt),
    // Clients get no quoted text, so a call that has one can be approved on the page only.
    elicitable: isElicitable({ minimum, lines }),
  };
}
