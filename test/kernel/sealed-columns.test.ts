import { expect, test } from "vitest";
import { Problem } from "../../src/base/problem.ts";
import type { OperationRow } from "../../src/db/operations.ts";
import type { Context } from "../../src/kernel/context.ts";
import { openAnswer, sealAnswer, sealArguments, storedRequest } from "../../src/kernel/sealed-columns.ts";
import { testKeyring } from "../seeds/seeded-database.ts";

const log: unknown[] = [];
const ctx = { keyring: testKeyring(), log: (line: unknown) => log.push(line) } as unknown as Context;
const operation = (row: Partial<OperationRow>) =>
  ({
    id: "operation-1",
    writeName: "start_checkout",
    idempotencyKey: "key-1",
    fingerprint: "fingerprint-1",
    answerSealed: null,
    answerRemovedAt: null,
    argumentsSealed: null,
    ...row,
  }) as OperationRow;

test("an answer opens for its own operation", async () => {
  const answerSealed = await sealAnswer(ctx, "operation-1", { url: "https://pay.test" });
  expect(answerSealed).not.toContain("pay.test");
  expect(await openAnswer(ctx, operation({ answerSealed }))).toEqual({ url: "https://pay.test" });
  expect(log).toEqual([]);
});

test("an answer of another operation does not open, and the log names the write and nothing of the answer", async () => {
  const answerSealed = await sealAnswer(ctx, "operation-2", { url: "https://pay.test" });
  const thrown = await openAnswer(ctx, operation({ answerSealed })).catch((error: unknown) => error);
  expect((thrown as Problem).details.detail).toContain("its answer can no longer be read");
  expect(log).toEqual([{ event: "internal", name: "start_checkout", operationId: "operation-1", code: "not_opened" }]);
});

test("an answer that was removed is refused as removed, and one that was never there is a fault", async () => {
  const answerSealed = await sealAnswer(ctx, "operation-1", {});
  const removed = await openAnswer(ctx, operation({ answerSealed, answerRemovedAt: 1 })).catch((error) => error);
  expect(removed).toBeInstanceOf(Problem);
  expect(removed.details.detail).toContain("its answer was removed");
  await expect(openAnswer(ctx, operation({}))).rejects.toThrow("the operation has no answer");
});

test("the arguments of an operation come back with its key, and without a text", async () => {
  const request = { input: { offerId: "offer-a" }, expectedUpdatedAt: 1_780_000_000_000, givenText: "Buy" };
  const argumentsSealed = await sealArguments(ctx, "operation-1", request);
  expect(argumentsSealed).not.toContain("offer-a");
  expect(await storedRequest(ctx, operation({ argumentsSealed }))).toEqual({
    input: { offerId: "offer-a" },
    expectedUpdatedAt: 1_780_000_000_000,
    idempotencyKey: "key-1",
    fingerprint: "fingerprint-1",
    callSha256: "fingerprint-1",
    givenText: undefined,
  });
  const moved = await sealArguments(ctx, "operation-2", request);
  await expect(storedRequest(ctx, operation({ argumentsSealed: moved }))).rejects.toThrow();
  await expect(storedRequest(ctx, operation({}))).rejects.toThrow("the operation has no stored arguments");
});
