import type { Context } from "../context.ts";
import type { OperationRow } from "../db/operations.ts";
import { openAnswer } from "./stored-answer.ts";
import { isoTime } from "./time.ts";

/** An operation as lists show it. */
export function operationItem(row: OperationRow) {
  return {
    id: row.id,
    write: row.writeName,
    status: row.status,
    actorKind: row.actorKind,
    confirmation: { proof: row.proof },
    subjectId: row.subjectId,
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
  };
}

/** One operation with its stored answer. The answer is for its own actor: it may hold a link that was given to them. */
export async function operationView(row: OperationRow, showAnswer: boolean, ctx: Context) {
  const { id, ...item } = operationItem(row);
  const answer = showAnswer && row.answerSealed !== null ? await openAnswer(ctx, row) : undefined;
  return {
    operationId: id,
    ...item,
    ...(answer && (row.status === "failed" ? { problem: answer } : { result: answer })),
  };
}
