import * as z from "zod";
import * as fields from "../src/base/fields.ts";
import { invalidInput, notFound } from "../src/base/problem.ts";
import { approvalByKey, approvalByOperation } from "../src/db/approvals.ts";
import { operationById, operationByKey } from "../src/db/operations.ts";
import { ACTOR_KINDS, OPERATION_STATUSES, PROOFS } from "../src/db/schema/vocabulary.ts";
import { callView } from "../src/kernel/operation-view.ts";
import { defineReadTool } from "../src/kernel/read-tool.ts";

/** The status of one operation of the actor's, for a caller that lost the answer or waits for an approval. */
export const getOperation = defineReadTool({
  name: "get_operation",
  title: "Get operation",
  description: "How your write stands. Give operationId or idempotencyKey.",
  public: false,
  input: z.strictObject({
    operationId: fields.operationId.optional(),
    idempotencyKey: fields.idempotencyKey.optional(),
  }),
  output: z.object({
    operationId: z.string(),
    write: z.string(),
    status: z.enum(OPERATION_STATUSES),
    actorKind: z.enum(ACTOR_KINDS).optional(),
    confirmation: z.object({ proof: z.enum(PROOFS) }).optional(),
    subjectId: z.string().optional(),
    createdAt: z.string(),
    updatedAt: z.string(),
    result: z.record(z.string(), z.unknown()).optional(),
    approvalUrl: z.string().optional(),
    expiresAt: z.string().optional(),
    problem: z.record(z.string(), z.unknown()).optional(),
  }),
  async run({ input, actor, ctx }) {
    const { operationId, idempotencyKey } = input;
    const field = operationId === undefined ? "idempotencyKey" : "operationId";
    if (!actor) throw notFound(field);
    if ((operationId === undefined) === (idempotencyKey === undefined)) {
      throw invalidInput("operationId", "give either operationId or idempotencyKey");
    }
    const byKey = operationId === undefined;
    const rows = await ctx.db.read({
      operation: byKey ? operationByKey(ctx, actor.id, idempotencyKey ?? "") : operationById(ctx, operationId),
      approval: byKey ? approvalByKey(ctx, actor.id, idempotencyKey ?? "") : approvalByOperation(ctx, operationId),
      revocationCheck: actor.revocationCheck,
    });
    actor.assertNotRevoked(rows.revocationCheck);
    const view = await callView(rows, actor, ctx);
    if (!view) throw notFound(field);
    return view;
  },
});
