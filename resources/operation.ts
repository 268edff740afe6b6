import { notFound } from "../src/base/problem.ts";
import { approvalByOperation } from "../src/db/approvals.ts";
import { operationById } from "../src/db/operations.ts";
import { SCOPES } from "../src/kernel/actor.ts";
import { approvalView, operationView } from "../src/kernel/operation-view.ts";
import { defineResource, readsAsOwner } from "../src/kernel/resource.ts";

/** One operation, or the approval that it waits for. The stored answer is for the operation's own actor. */
export const operation = defineResource({
  name: "operation",
  uri: "commerce://operations/{operationId}",
  title: "Operation",
  description: "One confirmed write: status, proof and its stored answer.",
  readers: SCOPES,
  load: ({ params, ctx }) => ({
    operation: operationById(ctx, params.operationId ?? ""),
    approval: approvalByOperation(ctx, params.operationId ?? ""),
  }),
  async present({ rows, actor, ctx }) {
    const [row] = rows.operation;
    const [approval] = rows.approval;
    const own = (row ?? approval)?.actorId === actor?.id;
    if (!(own || readsAsOwner(actor))) throw notFound();
    if (row) return operationView(row, own, ctx);
    if (approval) return approvalView(approval, own, ctx);
    throw notFound();
  },
});
