import { literal } from "../seeds/sql-text.ts";
import type { Comparison } from "./compare.ts";
import type { StaleConfirmation } from "./confirmations.ts";
import type { CatalogDatabase } from "./database.ts";

/** A comparison as people and programs read it. */
export interface Report {
  readonly added: Comparison["added"];
  readonly changed: Comparison["changed"];
  readonly leaving: Comparison["leaving"];
  readonly staleConfirmations: readonly StaleConfirmation[];
  /** Approvals that wait for a person and whose subject changes: they can't be given any more. */
  readonly pendingApprovals: number;
}

/** The report of a comparison; it counts the approvals that wait. */
export async function reportOf(
  { added, changed, leaving }: Comparison,
  stale: readonly StaleConfirmation[],
  database: CatalogDatabase,
  { ownerUserId, now }: { readonly ownerUserId: string; readonly now: number },
): Promise<Report> {
  const ids = new Set(stale.map(({ id }) => id));
  const [waiting = []] = await database.read([
    `SELECT subject_id, count(*) AS approvals FROM approvals WHERE owner_user_id = ${literal(ownerUserId)} AND status = 'pending' AND expires_at > ${now} GROUP BY subject_id`,
  ]);
  const pendingApprovals = waiting
    .filter(({ subject_id }) => ids.has(String(subject_id)))
    .reduce((sum, { approvals }) => sum + Number(approvals), 0);
  return { added, changed, leaving, staleConfirmations: stale, pendingApprovals };
}

/** The report in lines. Rows of one table stand together. */
export function reportText({ added, changed, leaving, staleConfirmations, pendingApprovals }: Report): string {
  if (added.length + changed.length + leaving.length === 0) return "The database is as the files say.\n";
  const lines = [
    ...added.map(({ table, id }) => `+ ${table}  ${id}`),
    ...changed.flatMap(({ table, id, fields }) => [
      `~ ${table}  ${id}`,
      ...fields.map(({ field, from, to }) => `    ${field}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`),
    ]),
    ...leaving.map(({ table, id, words }) => `- ${table}  ${id} ${words}`),
    "",
    `${added.length} rows to add, ${changed.length} to change, ${leaving.length} to take off sale.`,
    ...(staleConfirmations.length === 0
      ? ["No confirmation becomes stale."]
      : ["", "Confirmations that become stale:", ...staleConfirmations.flatMap(staleLines)]),
    ...(pendingApprovals > 0 ? ["", `Approvals that wait for a person and become void: ${pendingApprovals}.`] : []),
  ];
  return `${lines.join("\n")}\n`;
}

function staleLines({ kind, id, before, after }: StaleConfirmation): string[] {
  if (before === after) return [`  ${kind} ${id}: its version changes; the sentence stays "${before}"`];
  const shown = (sentence: string | null) => (sentence === null ? "not on sale" : `"${sentence}"`);
  return [`  ${kind} ${id}`, `    before: ${shown(before)}`, `    after:  ${shown(after)}`];
}
