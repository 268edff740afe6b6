import type { Keyring } from "../base/keyring.ts";
import type { OperationRow } from "../db/operations.ts";
import type { Context } from "./context.ts";
import { answerRemoved, answerUnreadable } from "./write-refusals.ts";
import type { WriteRequest } from "./write-request.ts";

type StoredArguments = Pick<WriteRequest, "input" | "expectedUpdatedAt">;

const answerPlace = (operationId: string) => `answer of ${operationId}`;
const argumentsPlace = (operationId: string) => `arguments of ${operationId}`;

/** Seals an operation's result, or the problem that it failed with, for its row. */
export function sealAnswer(
  { keyring }: { readonly keyring: Pick<Keyring, "seal"> },
  operationId: string,
  answer: Record<string, unknown>,
): Promise<string> {
  return keyring.seal(JSON.stringify(answer), answerPlace(operationId));
}

/**
 * The stored result of a succeeded operation, or the stored problem of a failed one. Throws `ineligible_state` where it was
 * removed, and where it does not open: the secret that sealed it was retired, or the value was altered.
 */
export async function openAnswer(ctx: Context, operation: OperationRow): Promise<Record<string, unknown>> {
  if (operation.answerRemovedAt !== null) throw answerRemoved();
  if (operation.answerSealed === null) throw new Error("the operation has no answer");
  const opened = await ctx.keyring.open(operation.answerSealed, answerPlace(operation.id)).catch(() => {
    ctx.log({ event: "internal", name: operation.writeName, operationId: operation.id, code: "not_opened" });
    throw answerUnreadable();
  });
  return JSON.parse(opened);
}

/** Seals the arguments of an operation; its row keeps them until it is finished. */
export function sealArguments(ctx: Context, operationId: string, request: StoredArguments): Promise<string> {
  const { input, expectedUpdatedAt } = request;
  return ctx.keyring.seal(JSON.stringify({ input, expectedUpdatedAt }), argumentsPlace(operationId));
}

/** The call of an unfinished operation, from its stored arguments. Its text was checked when the key was claimed. */
export async function storedRequest(ctx: Context, operation: OperationRow): Promise<WriteRequest> {
  const { id, argumentsSealed, idempotencyKey, fingerprint } = operation;
  if (argumentsSealed === null) throw new Error("the operation has no stored arguments");
  const opened = JSON.parse(await ctx.keyring.open(argumentsSealed, argumentsPlace(id))) as StoredArguments;
  // A no can't come any more: the operation stands. So its call is not hashed again.
  return { ...opened, idempotencyKey, fingerprint, callSha256: fingerprint, givenText: undefined };
}
