import { notFound } from "../src/base/problem.ts";
import { approvalByOperation } from "../src/db/approvals.ts";
import { auditOf } from "../src/db/audit.ts";
import { operationById } from "../src/db/operations.ts";
import { publicRow } from "../src/db/public-row.ts";
import { paymentAuditEvents } from "../src/db/schema/index.ts";
import { defineResource } from "../src/kernel/resource.ts";

/** The audit events of one operation. The columns that say who did it are private. */
export const audit = defineResource({
  name: "audit",
  uri: "commerce://audit/{operationId}",
  title: "Audit of an operation",
  description: "The audit events of one operation, oldest first, at most 100. The owner's.",
  readers: ["owner:read"],
  load: ({ params, ctx }) => ({
    operation: operationById(ctx, params.operationId ?? ""),
    approval: approvalByOperation(ctx, params.operationId ?? ""),
    events: auditOf(ctx, params.operationId ?? "", 100),
  }),
  present({ params, rows }) {
    // A call without an operation has audit events too: a person was asked, and the approval ended.
    const writeName = (rows.operation[0] ?? rows.approval[0])?.writeName;
    if (writeName === undefined) throw notFound("uri");
    return {
      operationId: params.operationId,
      write: writeName,
      events: rows.events.map((row) => publicRow(paymentAuditEvents, row)),
      rawStripeIdsIncluded: false,
    };
  },
});
