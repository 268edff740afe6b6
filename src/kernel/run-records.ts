import { type ProblemBody, problemFrom } from "../base/problem.ts";
import { assertRedacted } from "../base/redaction.ts";
import { type AuditEntry, insertAudit, operationSource } from "../db/audit.ts";
import type { Query } from "../db/database.ts";
import type { OperationRow } from "../db/operations.ts";
import type { OperationSeed, Subject, WriteAnswer } from "./confirmed-write.ts";
import { givenTo } from "./operation-sight.ts";
import type { Run } from "./run.ts";
import { openAnswer, sealAnswer, sealArguments } from "./sealed-columns.ts";

/** Milliseconds since an operation was claimed. */
export const ageOf = ({ createdAt }: Pick<OperationRow, "createdAt">, { clock }: Run["ctx"]): number =>
  Math.max(0, clock.now() - createdAt);

/** The identity of an operation, as a write's functions are handed it. */
export function seedOf(
  { actor, request, ctx }: Run,
  { id, auditCorrelationId, createdAt }: Pick<OperationRow, "id" | "auditCorrelationId"> & { createdAt?: number },
): OperationSeed {
  const now = ctx.clock.now();
  const age = ageOf({ createdAt: createdAt ?? now }, ctx);
  return { id, auditCorrelationId, now, age, actor, idempotencyKey: request.idempotencyKey };
}

/** The row that claims the key. Without a result the operation is pending and keeps its arguments. */
export async function operationRow(
  { write, actor, request, proof, approval, ctx }: Run,
  { id, auditCorrelationId, now }: OperationSeed,
  { subject, text, result }: { subject: Subject; text: string; result: Record<string, unknown> | undefined },
): Promise<OperationRow> {
  return {
    id,
    ownerUserId: ctx.ownerUserId,
    actorId: actor.id,
    actorKind: actor.kind,
    clientId: actor.clientId,
    clientDeclared: actor.clientDeclared,
    grantId: approval?.grantId ?? actor.grantId,
    idempotencyKey: request.idempotencyKey,
    writeName: write.name,
    fingerprint: request.fingerprint,
    status: result ? "succeeded" : "pending",
    proof,
    subjectId: subject.id,
    subjectUpdatedAt: subject.updatedAt,
    confirmedText: text,
    auditCorrelationId,
    answerSealed: result ? await sealAnswer(ctx, id, result) : null,
    argumentsSealed: result ? null : await sealArguments(ctx, id, request),
    createdAt: now,
    updatedAt: now,
    answerRemovedAt: null,
  };
}

/** The audit rows of an operation, with the actor of this run, who may be the scheduled run. */
export function auditOfRun(run: Run, operation: OperationRow, entries: readonly AuditEntry[], now: number): Query[] {
  const { kind, id, clientId } = run.actor;
  const by = { ...operationSource(operation), actorKind: kind, actorId: id, clientId };
  return entries.map((entry) => insertAudit(run.ctx, entry, by, now));
}

/** A result as it may leave the server: cut to the write's output schema. Throws where a provider's value is left in it. */
export function redacted({ write }: Run, result: unknown): Record<string, unknown> {
  return assertRedacted(write.output.parse(result) as Record<string, unknown>);
}

/** Answers a finished operation from its row. Throws the stored problem of a failed one. */
export async function replay(run: Run, operation: OperationRow): Promise<WriteAnswer> {
  const stored = await openAnswer(run.ctx, operation);
  if (operation.status === "failed") throw problemFrom(stored as unknown as ProblemBody);
  return answerOf(run, operation, givenTo(run.actor, run.write, operation, stored), true);
}

/** The answer of an operation, noted in the log. */
export function answerOf(
  { write, ctx }: Run,
  { id, proof, actorKind }: OperationRow,
  result: Record<string, unknown>,
  replayed: boolean,
): WriteAnswer {
  ctx.log({ event: "write", name: write.name, operationId: id, code: replayed ? "replayed" : "succeeded" });
  return { operationId: id, replayed, confirmation: { proof }, actorKind, result };
}
