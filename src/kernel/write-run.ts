import { Problem, type ProblemBody, problemFrom, staleState } from "../base/problem.ts";
import { assertRedacted } from "../base/redaction.ts";
import { nextVersion } from "../base/time.ts";
import {
  type ApprovalRow,
  approvalByKey,
  declinedCall,
  guardNotDeclined,
  minimumProofOf,
  useApproval,
  withdrawUnderKey,
} from "../db/approvals.ts";
import { type AuditEntry, correlationOf, insertAudit, madeUnder } from "../db/audit.ts";
import { GuardFailed, type Query } from "../db/database.ts";
import { guardProofIsEnough } from "../db/minimum-proofs.ts";
import { businessRow, claimOperation, moveOperation, type OperationRow, operationByKey } from "../db/operations.ts";
import type { Actor } from "./actor.ts";
import { approvalRequired, bindingOf, isEnough } from "./approval.ts";
import type { ConfirmedWrite, OperationSeed, Settlement, Subject, WriteAnswer } from "./confirmed-write.ts";
import type { Context } from "./context.ts";
import { answerPlace, argumentsPlace, openAnswer } from "./stored-answer.ts";
import {
  assertExact,
  confirmationRequired,
  declined,
  inProgress,
  noLongerWaiting,
  operationUri,
  outcomeUnknown,
  refusalOf,
} from "./write-refusals.ts";
import type { WriteRequest } from "./write-request.ts";

/** One call of a write, from either door. */
export interface WriteCall {
  readonly actor: Actor;
  /** The write's arguments and the envelope, unchecked. */
  readonly args: unknown;
  /** How the confirmation came: in the call, unless a form of ours was shown to the person and submitted by them. */
  readonly proof?: OperationRow["proof"];
  /** The approval that this call uses up. */
  readonly approval?: ApprovalRow;
}

/** How often a finish that lost a race against Stripe's webhook reads again before it gives up. */
const FINISH_TRIES = 3;

type Stage = Awaited<ReturnType<Run["read"]>>["stage"];
type Policy = Awaited<ReturnType<Run["read"]>>["policy"];

/** One run of one write; holds what every step needs. */
export class Run {
  readonly write: ConfirmedWrite;
  readonly actor: Actor;
  readonly proof: OperationRow["proof"];
  readonly approval: ApprovalRow | undefined;
  readonly request: WriteRequest;
  readonly ctx: Context;
  /** Whether it was this run that claimed the key. */
  claimed = false;

  constructor(write: ConfirmedWrite, { actor, proof, approval }: WriteCall, request: WriteRequest, ctx: Context) {
    this.write = write;
    this.actor = actor;
    this.proof = proof ?? "argument";
    this.approval = approval;
    this.request = request;
    this.ctx = ctx;
  }

  /** Everything that the write has to know, in one round trip. */
  async read() {
    const { write, actor, request, ctx } = this;
    const { input, idempotencyKey } = request;
    const own = {
      standing: actor.standing,
      operation: operationByKey(ctx, actor.id, idempotencyKey),
      business: businessRow(ctx),
      minimum: minimumProofOf(ctx, write.name),
      approval: approvalByKey(ctx, actor.id, idempotencyKey),
      declined: declinedCall(ctx, actor.id, request),
    };
    const queries: Record<string, Query> = write.load({ input, actor, idempotencyKey, ctx });
    const rows = await ctx.db.read({ ...queries, ...prefixed(own) });
    actor.assertStanding(rows[PREFIX.standing]);
    const [business] = rows[PREFIX.business] as Awaited<typeof own.business>;
    const [operation] = rows[PREFIX.operation] as Awaited<typeof own.operation>;
    if (!business) throw new Error("the business is not seeded");
    const [minimum] = rows[PREFIX.minimum] as Awaited<typeof own.minimum>;
    const [latest] = rows[PREFIX.approval] as Awaited<typeof own.approval>;
    const wasDeclined = (rows[PREFIX.declined] as Awaited<typeof own.declined>).length > 0;
    const policy = { minimum: minimum?.minimumProof ?? ("argument" as const), latest, wasDeclined };
    return { operation, policy, stage: { input, loaded: rows, business, actor, ctx } };
  }

  /** The key is known: replay what is finished, go on with what is not. */
  async resume(operation: OperationRow, stage: Stage): Promise<WriteAnswer> {
    const { write, request } = this;
    if (operation.writeName !== write.name || operation.fingerprint !== request.fingerprint) {
      throw new Problem("idempotency_conflict", {
        detail: "This key was used with other arguments or for another write. Use a new key for a new intent.",
        field: "idempotencyKey",
      });
    }
    if (operation.status === "succeeded") return this.#answer(operation, await this.#stored(operation), true);
    if (operation.status === "failed") throw problemFrom((await this.#stored(operation)) as unknown as ProblemBody);
    // A yes that comes while it is unfinished may finish it, and is held to the text like the first.
    if (this.approval)
      assertExact(operation.confirmationText, request.confirmationText ?? "", operationUri(operation.id));
    const pending: unknown = write.effect?.resume(stage);
    if (pending === undefined) throw new Error(`${write.name}: an unfinished operation has nothing to go on with`);
    return this.#carryOut(operation, pending, stage);
  }

  /** The key is new: check in the contract's order, then claim and change in one batch. */
  async start(stage: Stage, { minimum, latest, wasDeclined }: Policy): Promise<WriteAnswer> {
    const { write, request, actor, ctx } = this;
    const subject: Subject = write.subject(stage);
    const resource = write.subjectResource(subject);
    const about = { ...stage, subject };
    const text = write.confirmation(about);
    const given = request.confirmationText;
    if (given !== undefined) assertExact(text, given, resource);
    if (!this.approval && wasDeclined) throw declined();
    const confirmed = given !== undefined && isEnough(this.proof, minimum);
    if (!confirmed && write.approvable === false) throw confirmationRequired(resource, given !== undefined);
    if (subject.updatedAt !== request.expectedUpdatedAt) throw staleState(resource);
    write.eligible(about);
    const bound = { write, actor, request, subject };
    if (!confirmed) {
      const consequences = write.consequences(about);
      throw await approvalRequired({ ...bound, resource, text, consequences, minimum, latest }, ctx);
    }
    const { approval } = this;
    if (approval && approval.bindingSha256 !== (await bindingOf(bound))) throw noLongerWaiting();

    const now = ctx.clock.now();
    const id = approval?.operationId ?? ctx.ids.next("operation");
    const seed = this.#seed(id, correlationOf(id), now);
    const plan = await write.plan({ ...about, operation: seed });
    const result = "result" in plan ? this.#redacted(plan.result) : undefined;
    const operation: OperationRow = {
      id: seed.id,
      ownerUserId: ctx.ownerUserId,
      actorId: actor.id,
      actorKind: actor.kind,
      clientId: actor.clientId,
      clientDeclared: actor.clientDeclared,
      idempotencyKey: request.idempotencyKey,
      writeName: write.name,
      fingerprint: request.fingerprint,
      status: result ? "succeeded" : "pending",
      proof: this.proof,
      subjectId: subject.id,
      subjectUpdatedAt: subject.updatedAt,
      confirmationText: text,
      auditCorrelationId: seed.auditCorrelationId,
      answerSealed: result ? await this.#sealed(seed.id, result) : null,
      argumentsSealed: result ? null : await this.#sealedArguments(seed.id),
      createdAt: now,
      updatedAt: now,
    };
    try {
      await ctx.db.commit([
        ...claimOperation(ctx, operation),
        guardProofIsEnough(ctx, write.name, this.proof),
        ...(approval ? useApproval(ctx, approval.id) : [guardNotDeclined(ctx, actor.id, request)]),
        // A complete call needs nobody any more.
        ...(!approval && latest?.status === "pending" ? withdrawUnderKey(ctx, latest, actor) : []),
        ...plan.writes,
        ...plan.audit.map((entry) => this.#audit(entry, operation, now)),
      ]);
    } catch (error) {
      if (!(error instanceof GuardFailed)) throw error;
      if (error.code === "claim_taken") return this.#lostTheClaim();
      if (error.code === "proof_raised" || error.code === "declined") return this.#startAgain();
      throw refusalOf(error, resource);
    }
    this.claimed = true;
    if (result) return this.#answer(operation, result, false);
    if (!("pending" in plan)) throw new Error(`${write.name}: a plan needs a result or a claim`);
    return this.#carryOut(operation, plan.pending, stage);
  }

  /** The owner has asked for more, or the person said no, since it was read: the call is refused as if it came after. */
  async #startAgain(): Promise<WriteAnswer> {
    const { operation, stage, policy } = await this.read();
    return operation ? this.resume(operation, stage) : this.start(stage, policy);
  }

  /** Another call with the same key claimed first: its answer is ours, once there is one. */
  async #lostTheClaim(): Promise<WriteAnswer> {
    const { operation, stage } = await this.read();
    if (!operation) throw inProgress();
    const sameCall = operation.writeName === this.write.name && operation.fingerprint === this.request.fingerprint;
    const unfinished = operation.status === "pending" || operation.status === "outcome_unknown";
    if (sameCall && unfinished) throw inProgress();
    return this.resume(operation, stage);
  }

  /** Act outside, then record how it went. Only this and `resume` reach the outside, and both may run at once. */
  async #carryOut(operation: OperationRow, pending: unknown, stage: Stage): Promise<WriteAnswer> {
    const { write, ctx } = this;
    const { effect } = write;
    if (!effect) throw new Error(`${write.name}: declares no effect`);
    const seed = this.#seed(operation.id, operation.auditCorrelationId, ctx.clock.now());
    const outcome: unknown = await effect.act({ pending, operation: seed, ctx });
    let [current, row, at] = [pending, operation, stage];
    for (let tries = 0; tries < FINISH_TRIES; tries++) {
      const settlement: Settlement<unknown> = await effect.settle({
        pending: current,
        outcome,
        operation: seed,
        stage: at,
        ctx,
      });
      const finished = await this.#finish(row, settlement);
      if (finished) return finished;
      const again = await this.read();
      if (again.operation?.status === "succeeded" || again.operation?.status === "failed") {
        return this.resume(again.operation, again.stage);
      }
      current = effect.resume(again.stage);
      if (!again.operation || current === undefined) break;
      row = again.operation;
      at = again.stage;
    }
    throw inProgress();
  }

  /** Commits a settlement; undefined when a row moved in between and it has to be made again. */
  async #finish(operation: OperationRow, settlement: Settlement<unknown>): Promise<WriteAnswer | undefined> {
    const { ctx } = this;
    const { status } = settlement;
    const result = settlement.status === "succeeded" ? this.#redacted(settlement.result) : undefined;
    const unchanged = status === operation.status && settlement.writes.length === 0;
    if (!unchanged) {
      const now = nextVersion(operation.updatedAt, ctx.clock.now());
      const stored = result ?? (settlement.status === "failed" ? { ...settlement.problem.body } : undefined);
      const answerSealed = stored ? await this.#sealed(operation.id, stored) : null;
      try {
        await ctx.db.commit([
          ...moveOperation(ctx, operation, {
            status,
            answerSealed,
            argumentsSealed: stored ? null : operation.argumentsSealed,
            updatedAt: now,
          }),
          ...settlement.writes,
          ...settlement.audit.map((entry) => this.#audit(entry, operation, now)),
        ]);
      } catch (error) {
        if (error instanceof GuardFailed) return undefined;
        ctx.log({ event: "internal", name: this.write.name, operationId: operation.id, code: "finish_not_stored" });
        throw outcomeUnknown(operation.id);
      }
    }
    if (settlement.status !== "succeeded") throw settlement.problem;
    return this.#answer({ ...operation, status }, this.#redacted(settlement.result), false);
  }

  #seed(id: string, auditCorrelationId: string, now: number): OperationSeed {
    return { id, auditCorrelationId, now, actor: this.actor, idempotencyKey: this.request.idempotencyKey };
  }

  #audit(entry: AuditEntry, operation: OperationRow, now: number): Query {
    const { kind, id, clientId } = this.actor;
    const by = { ...madeUnder(operation), actorKind: kind, actorId: id, clientId };
    return insertAudit(this.ctx, entry, by, now);
  }

  /** The allow-list first, then the second lock against provider values. */
  #redacted(result: unknown): Record<string, unknown> {
    return assertRedacted(this.write.output.parse(result) as Record<string, unknown>);
  }

  async #sealed(operationId: string, answer: Record<string, unknown>): Promise<string> {
    return this.ctx.keyring.seal(JSON.stringify(answer), answerPlace(operationId));
  }

  async #sealedArguments(operationId: string): Promise<string> {
    const { input, expectedUpdatedAt } = this.request;
    return this.ctx.keyring.seal(JSON.stringify({ input, expectedUpdatedAt }), argumentsPlace(operationId));
  }

  async #stored(operation: OperationRow): Promise<Record<string, unknown>> {
    return openAnswer(this.ctx, operation);
  }

  #answer(operation: OperationRow, result: Record<string, unknown>, replayed: boolean): WriteAnswer {
    const { id, proof, actorKind } = operation;
    this.ctx.log({ event: "write", name: this.write.name, operationId: id, code: replayed ? "replayed" : "succeeded" });
    return { operationId: id, replayed, confirmation: { proof }, actorKind, result };
  }
}

const PREFIX = {
  standing: "kernel.standing",
  operation: "kernel.operation",
  business: "kernel.business",
  minimum: "kernel.minimum",
  approval: "kernel.approval",
  declined: "kernel.declined",
} as const;

function prefixed(own: Record<keyof typeof PREFIX, Query>): Record<string, Query> {
  const names = Object.keys(PREFIX) as (keyof typeof PREFIX)[];
  return Object.fromEntries(names.map((name) => [PREFIX[name], own[name]]));
}
