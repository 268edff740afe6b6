import { operationById } from "../src/db/operations.ts";
import { SCOPES } from "../src/kernel/actor.ts";
import { operationView } from "../src/kernel/operation-view.ts";
import { notFound } from "../src/kernel/problem.ts";
import { defineResource, readsAsOwner } from "../src/kernel/resource.ts";

/** How one operation stands, with its stored answer for its own actor. */
export const operation = defineResource({
  name: "operation",
  uri: "commerce://operations/{operationId}",
  title: "Operation",
  description: "One confirmed write: status, proof and its stored answer.",
  readers: SCOPES,
  load: ({ params, ctx }) => ({ operation: operationById(ctx, params.operationId ?? "") }),
  present({ rows, actor, ctx }) {
    const [row] = rows.operation;
    const own = row?.actorId === actor?.id;
    if (!row || !(own || readsAsOwner(actor))) throw notFound();
    return operationView(row, own, ctx);
  },
});
