import { sessionActor } from "../auth/session-actor.ts";
import { invalidInput, notFound, Problem } from "../base/problem.ts";
import { isoTime } from "../base/time.ts";
import { type AuditEntry, insertAudit } from "../db/audit.ts";
import { GuardFailed, type Query } from "../db/database.ts";
import type { SubmittedForm } from "../pages/read-form.ts";
import type { Visit } from "./visit.tsx";

/** A kind of row that the owner sets to done by a click, and takes back by another. */
export interface Markable<Row> {
  /** The row with this id, of this business. */
  find(id: string): Query<Row[]>;
  isDone(row: Row): boolean;
  updatedAt(row: Row): number;
  /** The statements of the change, guarded by the row as it was read, and their audit. Throws `ineligible_state`. */
  change(row: Row, done: boolean, now: number): { readonly writes: readonly Query[]; readonly audit: AuditEntry };
}

/** The hidden fields of a row's button. */
export const markFields = (id: string, updatedAt: number, to: "done" | "open") => ({
  id,
  expectedUpdatedAt: isoTime(updatedAt),
  to,
});

/**
 * Carries out a row's button for the owner's session; no tool can. The change and its audit event are one batch. Idempotent:
 * a row that is as it was asked for is left alone, so a double click is one change. Throws `stale_state` when the row is
 * otherwise not as the page showed it. Answers the row's id.
 */
export async function mark<Row>({ fields }: SubmittedForm, { person, site: { ctx } }: Visit, kind: Markable<Row>) {
  const id = fields.get("id") ?? "";
  const to = fields.get("to");
  if (to !== "done" && to !== "open") throw invalidInput("to", "must be done or open");
  const actor = sessionActor(person, ctx);
  const read = async () => {
    const rows = await ctx.db.read({ found: kind.find(id), revocationCheck: actor.revocationCheck });
    actor.assertNotRevoked(rows.revocationCheck);
    const [row] = rows.found;
    if (!row) throw notFound();
    return row;
  };
  const isAsAsked = (row: Row) => kind.isDone(row) === (to === "done");
  const row = await read();
  if (isAsAsked(row)) return id;
  if (isoTime(kind.updatedAt(row)) !== fields.get("expectedUpdatedAt")) throw changedSince();
  const now = ctx.clock.now();
  const { writes, audit } = kind.change(row, to === "done", now);
  try {
    await ctx.db.commit([...writes, insertAudit(ctx, audit, { actorKind: actor.kind, actorId: actor.id }, now)]);
  } catch (error) {
    if (!(error instanceof GuardFailed && error.code === "stale_state")) throw error;
    // The other click of a double click was first.
    if (!isAsAsked(await read())) throw changedSince();
  }
  return id;
}

function changedSince(): Problem {
  return new Problem("stale_state", { detail: "This has changed since the page was shown." });
}
