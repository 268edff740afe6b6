import * as z from "zod";
import * as fields from "../src/base/fields.ts";
import { invalidInput, notFound } from "../src/base/problem.ts";
import { approvalByKey, approvalByOperation } from "../src/db/approvals.ts";
import { operationById, operationByKey } from "../src/db/operations.ts";
import { ACTOR_KINDS, OPERATION_STATUSES, PROOFS } from "../src/db/schema/vocabulary.ts";
import { approvalView, operationView } from "../src/kernel/operation-view.ts";
import { defineReadTool } from "../src/kernel/read-tool.ts";
import { readsAsOwner } from "../src/kernel/resource.ts";

/** The status of one operation of the actor's, for a caller that lost the answer or waits for an approval. */
export const getOperation = defineReadTool({
  name: "get_operation",
  title: "Get operation",
  description: "How one of your confirmed writes stands, with its stored answer. Give operationId or idempotencyKey.",
  public: false,
  input: z.strictObject({
    operationId: fields.operationId.optional(),
    idempotencyKey: fields.idempotencyKey.optional(),
  }),
  output: z.object({
    operationId: z.string(),
    write: z.string(),
    status: z.enum(OPERATION_STATUSES),
    actorKind: z.enum(ACTOR_KINDS),
    confirmation: z.object({ proof: z.enum(PROOFS) }).optional(),
    subjectId: z.string(),
    createdAt: z.string(),
    updatedAt: z.string(),
    result: z.record(z.string(), z.unknown()).optional(),
    approvalUrl: z.string().optional(),
    problem: z.record(z.string(), z.unknown()).optional(),
  }),
  async run({ input, actor, ctx }) {
    const { operationId, idempotencyKey } = input;
    if (!actor) throw notFound();
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
    const [operation] = rows.operation;
    const [approval] = rows.approval;
    const own = (operation ?? approval)?.actorId === actor.id;
    // The owner sees the status of every operation. The answer and the approval link are for the operation's own actor.
    if (!own && !readsAsOwner(actor)) throw notFound();
    if (operation) return operationView(operation, own, ctx);
    if (approval) return approvalView(approval, own, ctx);
    throw notFound();
  },
});
