import type { OperationRow } from "../db/operations.ts";
import type { Context } from "./context.ts";

/** The stored result of a succeeded operation, or the stored problem of a failed one. */
export async function openAnswer(ctx: Context, operation: OperationRow): Promise<Record<string, unknown>> {
  if (operation.answerSealed === null) throw new Error("the operation has no answer");
  return JSON.parse(await ctx.keyring.open(operation.answerSealed, answerPlace(operation.id)));
}

/** Where an unfinished operation's arguments are sealed for. */
export const argumentsPlace = (operationId: string) => `arguments of ${operationId}`;

/** Where an operation's answer is sealed for. */
export const answerPlace = (operationId: string) => `answer of ${operationId}`;
