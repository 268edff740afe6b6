import { notFound } from "../src/base/problem.ts";
import { approvalByOperation } from "../src/db/approvals.ts";
import { operationById } from "../src/db/operations.ts";
import { SCOPES } from "../src/kernel/actor.ts";
import { callView } from "../src/kernel/operation-view.ts";
import { defineResource } from "../src/kernel/resource.ts";

/** One operation, or the approval that it waits for. The stored answer is for a token of its actor with the write's scope. */
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
    const view = await callView(rows, actor, ctx);
    if (!view) throw notFound("uri");
    return view;
  },
});
