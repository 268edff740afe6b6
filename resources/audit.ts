import { auditOf } from "../src/db/audit.ts";
import { operationById } from "../src/db/operations.ts";
import { publicRow } from "../src/db/public-row.ts";
import { paymentAuditEvents } from "../src/db/schema/index.ts";
import { notFound } from "../src/kernel/problem.ts";
import { defineResource } from "../src/kernel/resource.ts";

/** What one operation changed, and what followed from it. Who did it stands in columns that nobody is shown. */
export const audit = defineResource({
  name: "audit",
  uri: "commerce://audit/{operationId}",
  title: "Audit of an operation",
  description: "The audit events of one operation, oldest first, at most 100. The owner's.",
  readers: ["owner:read"],
  load: ({ params, ctx }) => ({
    operation: operationById(ctx, params.operationId ?? ""),
    events: auditOf(ctx, params.operationId ?? "", 100),
  }),
  present({ rows }) {
    const [operation] = rows.operation;
    if (!operation) throw notFound();
    return {
      operationId: operation.id,
      write: operation.writeName,
      events: rows.events.map((row) => publicRow(paymentAuditEvents, row)),
      rawStripeIdsIncluded: false,
    };
  },
});
