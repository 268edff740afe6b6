import { sha256 } from "../base/digest.ts";
import type { RowRecord } from "../db/sealed-rows.ts";
import type { PublicKey } from "../signing/public-key.ts";
import { check } from "../signing/signed.ts";
import { rowsSha256, SEAL, type Seal } from "./seal.ts";
import { type SealedRows, verifyRows } from "./verify-rows.ts";

/** The audit of one business as it was found; any part may have been changed. */
export interface FoundAudit {
  readonly owner: string;
  /** Every row of the audit. */
  readonly rows: readonly RowRecord[];
  /** Every row of the other sealed tables. */
  readonly beside: SealedRows;
  /** Every seal as it was signed, by number. */
  readonly seals: readonly string[];
  /** The latest seal as it was kept outside of the database; undefined when it was not given. */
  readonly head: string | undefined;
}

/** Every fault that was found, in words, and how many rows were looked at. */
export interface AuditVerdict {
  readonly faults: readonly string[];
  readonly sealedRows: number;
  readonly unsealedRows: number;
  /** Rows of the other sealed tables, each held against the audit. */
  readonly rowsBeside: number;
  readonly latest: Seal | undefined;
}

/**
 * Holds the audit against its seals, and the rows of the other sealed tables against the audit. A row of the audit that was
 * edited, added, removed or moved within a sealed stretch breaks that stretch; a seal that was edited, removed or moved
 * breaks the chain; a chain that lost its end does not reach the head.
 * Keys are trusted already: access to the database gives no key to sign with.
 */
export async function verifyAudit(found: FoundAudit, keys: readonly PublicKey[]): Promise<AuditVerdict> {
  const { rows, seals, owner } = found;
  const stretchOf = stretches(rows);
  const faults: string[] = [];
  let previous: { seal: Seal; text: string } | undefined;
  let sealedRows = 0;
  for (const [index, text] of seals.entries()) {
    const checked = await check(SEAL, text, keys);
    if (checked.kind === "unproven") {
      faults.push(`Seal ${index + 1}: ${checked.fault}`);
      continue;
    }
    const seal = checked.said;
    const broken = await linkFault(seal, { owner, number: index + 1, previous });
    if (broken) faults.push(`Seal ${index + 1}: ${broken}`);
    const covered = stretchOf(seal);
    sealedRows += covered.length;
    if (covered.length !== seal.rows || (await rowsSha256(covered)) !== seal.rowsSha256) {
      faults.push(
        `Rows ${seal.after + 1} to ${seal.through} are not as they were sealed at ${seal.sealedAt}: ${seal.rows} then, ${covered.length} found.`,
      );
    }
    previous = { seal, text };
  }
  const headFault = await headFaultOf(found, keys);
  if (headFault) faults.push(headFault);
  const beside = await verifyRows(rows, found.beside);
  faults.push(...beside.faults);
  return {
    faults,
    sealedRows,
    unsealedRows: rows.length - sealedRows,
    rowsBeside: beside.rows,
    latest: previous?.seal,
  };
}

/** The fault in a seal's place in the chain, in words. */
async function linkFault(
  seal: Seal,
  { owner, number, previous }: { owner: string; number: number; previous: { seal: Seal; text: string } | undefined },
): Promise<string | undefined> {
  if (seal.owner !== owner) return "it is another business's.";
  if (seal.number !== number) return `it is number ${seal.number}: one was removed or moved.`;
  if (seal.previousSha256 !== (previous ? await sha256(previous.text) : null))
    return "it does not follow the one before.";
  if (seal.after !== (previous?.seal.through ?? 0)) return "it leaves out rows after the one before.";
  return undefined;
}

/** The fault of the head, in words. It may be older than the latest seal, and has to be one of the seals. */
async function headFaultOf(
  { head, seals, owner }: FoundAudit,
  keys: readonly PublicKey[],
): Promise<string | undefined> {
  if (head === undefined) return undefined;
  const checked = await check(SEAL, head, keys);
  if (checked.kind === "unproven") return `The head: ${checked.fault}`;
  if (checked.said.owner !== owner) return "The head is another business's.";
  const { number } = checked.said;
  if (seals[number - 1] === head.trim()) return undefined;
  return number > seals.length
    ? `The end of the audit is missing: seal ${number} was made, and ${seals.length} are here. Sealed rows were removed, or the database was restored to an earlier moment.`
    : `Seal ${number} is not the one that was kept as the head. It was replaced, or sealed again after the database was restored.`;
}

const sequenceOf = ({ sequence }: RowRecord): number => Number(sequence);

/** Finds the rows of a seal by binary search: an audit of years has very many seals. */
function stretches(rows: readonly RowRecord[]): (seal: Seal) => readonly RowRecord[] {
  const inOrder = rows.toSorted((one, other) => sequenceOf(one) - sequenceOf(other));
  const firstAfter = (sequence: number) => {
    let [low, high] = [0, inOrder.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = inOrder[middle];
      if (row && sequenceOf(row) <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return ({ after, through }) => inOrder.slice(firstAfter(after), firstAfter(through));
}
