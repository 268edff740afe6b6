import type { Problem } from "../base/problem.ts";
import { approvalWait, DEFAULT_WAIT_MINUTES } from "../db/approval-settings.ts";
import { type ApprovalRow, approvalByKey } from "../db/approvals.ts";
import { askerOf } from "../db/askers.ts";
import type { Query } from "../db/database.ts";
import { declinedCall, declinedLately } from "../db/declines.ts";
import { limitsOfGrant, startedUnderGrant } from "../db/grant-limits.ts";
import { minimumProofOf } from "../db/minimum-proofs.ts";
import { businessRow, type OperationRow, operationByKey, requireBusiness } from "../db/operations.ts";
import type { Actor } from "./actor.ts";
import type { ConfirmedWrite } from "./confirmed-write.ts";
import type { Context } from "./context.ts";
import { ruleFor } from "./risk.ts";
import type { WriteRequest } from "./write-request.ts";

/** One run of one write: what every step needs. */
export interface Run {
  readonly write: ConfirmedWrite;
  readonly actor: Actor;
  readonly request: WriteRequest;
  /** How the person's agreement was proven. */
  readonly proof: OperationRow["proof"];
  /** The approval that this run uses up. */
  readonly approval: ApprovalRow | undefined;
  /** The binding of the call that the person's answer is for, where it was asked without an approval. */
  readonly answered: string | undefined;
  /** The hash of the lines that its person was shown. */
  readonly shown: string | undefined;
  /** Whether the person is asked in a form of their client, where that is proof enough. */
  readonly asksInForm: boolean;
  /** What the proof itself stores in the batch of the claim. */
  readonly proofRows?: ProofRows | undefined;
  readonly ctx: Context;
}

/** Statements that a proof adds to the batch of its claim, and the refusals of their guards. */
export interface ProofRows {
  readonly writes: readonly Query[];
  /** The Problem for a guard of `writes` that aborted the batch; undefined for any other guard. */
  refusalOf(guard: string): Problem | undefined;
}

/** The stored state that a run starts from. */
export type RunState = Awaited<ReturnType<typeof readState>>;

/** The checked input and the rows that a write's functions decide from. */
export type Stage = RunState["stage"];

/** Reads all that the kernel and the write decide from, in one round trip. Throws `unauthenticated` for a revoked actor. */
export async function readState({ write, actor, request, ctx }: Pick<Run, "write" | "actor" | "request" | "ctx">) {
  const { input, idempotencyKey } = request;
  const rule = ruleFor(write, input);
  const theirs: Record<string, Query> = write.load({ input, actor, idempotencyKey, ctx });
  const [own, loaded] = await ctx.db.readTogether([
    {
      revocationCheck: actor.revocationCheck,
      operation: operationByKey(ctx, actor.id, idempotencyKey),
      business: businessRow(ctx),
      minimum: minimumProofOf(ctx, rule.name),
      approval: approvalByKey(ctx, actor.id, idempotencyKey),
      declined: declinedCall(ctx, actor.id, request),
      declinedLately: declinedLately(ctx, actor, request),
      limits: limitsOfGrant(ctx, actor.grantId),
      started: startedUnderGrant(ctx, actor.grantId),
      wait: approvalWait(ctx),
      asker: askerOf(ctx, actor),
    },
    theirs,
  ]);
  actor.assertNotRevoked(own.revocationCheck);
  return {
    /** The operation under the key; undefined while the key is free. */
    operation: own.operation[0],
    rule,
    /** The least proof of this call by the owner's rule, or by the write's own. */
    minimum: own.minimum[0]?.minimumProof ?? rule.least,
    /** The latest approval under the key. */
    latest: own.approval[0],
    /** Whether the person declined the call under this key. */
    wasDeclined: own.declined.length > 0,
    /** Whether the person declined the same call of this client, under whatever key, within a day. */
    wasDeclinedLately: own.declinedLately.length > 0,
    limitState: { limits: own.limits[0], started: own.started },
    /** Whom the call is for, and the name of their app; undefined for an account that is gone. */
    asker: own.asker[0],
    /** How long an approval waits, in minutes. */
    waitMinutes: own.wait[0]?.waitMinutes ?? DEFAULT_WAIT_MINUTES,
    stage: { input, loaded, business: requireBusiness(own.business), actor, ctx },
  };
}
