import type { Context } from "../context.ts";
import { type ApprovalRow, approvalByKey, askForApproval } from "../db/approvals.ts";
import { GuardFailed } from "../db/database.ts";
import type { OperationRow } from "../db/operations.ts";
import { PROOFS } from "../db/schema/vocabulary.ts";
import type { Actor } from "./actor.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { ConfirmedWrite, Consequence, Subject } from "./confirmed-write.ts";
import { randomToken, sha256 } from "./keyring.ts";
import { Problem } from "./problem.ts";
import { isoTime } from "./time.ts";
import { declined, inProgress, noLongerWaiting } from "./write-refusals.ts";
import type { WriteRequest } from "./write-request.ts";

type Proof = OperationRow["proof"];

/** How long a person has. */
const LIFE_MS = 10 * 60_000;

/** Whether a proof is as strong as the owner asks. */
export function isEnough(proof: Proof, minimum: Proof): boolean {
  return PROOFS.indexOf(proof) >= PROOFS.indexOf(minimum);
}

/** What a person is to be asked. */
export interface Asking {
  readonly write: ConfirmedWrite;
  readonly actor: Actor;
  readonly request: WriteRequest;
  readonly subject: Subject;
  readonly resource: string;
  readonly text: string;
  readonly consequences: readonly Consequence[];
  readonly minimum: Proof;
  /** The latest approval under the same key. */
  readonly latest: ApprovalRow | undefined;
}

/**
 * The refusal that sends the call to a person. The same call finds the same waiting approval; a declined one is not
 * asked again; anything else under the key takes the place of what waited. Throws `rate_limited` past the fifth.
 */
export async function approvalRequired(asking: Asking, ctx: Context): Promise<Problem> {
  const { latest, request, actor } = asking;
  const now = ctx.clock.now();
  const binding = await bindingOf(asking);
  const waits = (row: ApprovalRow | undefined) =>
    row?.bindingSha256 === binding && row.status === "pending" && row.expiresAt > now;
  if (wasDeclined(request, latest)) return declined();
  if (latest && waits(latest)) return waiting(asking, latest, ctx);
  const id = `approval-${randomToken()}`;
  const expiresAt = now + LIFE_MS;
  try {
    await ctx.db.commit(
      askForApproval(ctx, {
        id,
        ownerUserId: ctx.ownerUserId,
        operationId: ctx.ids.next("operation"),
        actorId: actor.id,
        clientId: actor.clientId,
        clientDeclared: actor.clientDeclared,
        grantId: actor.grantId,
        idempotencyKey: request.idempotencyKey,
        writeName: asking.write.name,
        fingerprint: request.fingerprint,
        bindingSha256: binding,
        subjectId: asking.subject.id,
        subjectUpdatedAt: asking.subject.updatedAt,
        argumentsSealed: await ctx.keyring.seal(JSON.stringify(argumentsOf(request)), approvalPlace(id)),
        status: "pending",
        expiresAt,
        createdAt: now,
      }),
    );
  } catch (error) {
    if (!(error instanceof GuardFailed)) throw error;
    if (error.code === "too_many_approvals") {
      return new Problem("rate_limited", {
        detail: "Five approvals wait for this person already. Let them decide, or let the oldest run out.",
        retryAfterSeconds: LIFE_MS / 1000,
      });
    }
    // The same call, a moment earlier: both give out the one link.
    const [first] = (await ctx.db.read({ first: approvalByKey(ctx, actor.id, request.idempotencyKey) })).first;
    return first && waits(first) ? waiting(asking, first, ctx) : inProgress();
  }
  return waiting(asking, { id, expiresAt }, ctx);
}

/** Whether a person said no to this very call, through whichever client it came. */
export function wasDeclined({ fingerprint }: WriteRequest, latest: ApprovalRow | undefined): boolean {
  return latest?.status === "declined" && latest.fingerprint === fingerprint;
}

/** Everything that an approval is for, in one hash: none of it can be exchanged under a person's yes. */
export async function bindingOf({
  write,
  actor,
  request,
  subject,
}: Pick<Asking, "write" | "actor" | "request" | "subject">) {
  return sha256(
    canonicalJson([
      actor.id,
      actor.clientId,
      write.name,
      request.idempotencyKey,
      request.fingerprint,
      subject.id,
      subject.updatedAt,
    ]),
  );
}

/** Opens the stored call of an approval. Throws the refusal of one that can no longer be approved. */
export async function approvedArguments(approval: ApprovalRow, ctx: Context): Promise<Record<string, unknown>> {
  if (approval.argumentsSealed === null) throw noLongerWaiting();
  return JSON.parse(await ctx.keyring.open(approval.argumentsSealed, approvalPlace(approval.id)));
}

/** Who asked: a client with a token, or a person's own browser. */
export function askerKind(clientId: string | null, isOwner: boolean): Actor["kind"] {
  if (clientId !== null) return "oauth_client";
  return isOwner ? "owner_session" : "account_session";
}

export const approvalUrl = (id: string, ctx: Context) => `${ctx.publicUrl}/approvals/${id}`;

const approvalPlace = (id: string) => `arguments of ${id}`;

function argumentsOf({ input, idempotencyKey, expectedUpdatedAt }: WriteRequest): Record<string, unknown> {
  return { ...input, idempotencyKey, expectedUpdatedAt: isoTime(expectedUpdatedAt) };
}

function waiting(
  { write, resource, text, consequences, minimum }: Asking,
  { id, expiresAt }: Pick<ApprovalRow, "id" | "expiresAt">,
  ctx: Context,
): Problem {
  return new Problem("approval_required", {
    detail: `A person has to confirm this before ${isoTime(expiresAt)}: give them approvalUrl. Then read get_operation, or repeat the call unchanged.`,
    resource,
    approvalUrl: approvalUrl(id, ctx),
    asked: {
      approvalId: id,
      title: write.title,
      text,
      consequences,
      expiresAt: isoTime(expiresAt),
      elicitable: isEnough("elicited", minimum),
    },
  });
}
