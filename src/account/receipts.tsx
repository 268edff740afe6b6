import type { OperationRow } from "../db/operations.ts";
import { When } from "../pages/locale.tsx";

/** A person's confirmed operations, each with its signed receipt. */
export function Receipts({ rows }: { rows: readonly OperationRow[] }) {
  if (rows.length === 0)
    return <p class="soft">No receipt yet. Each operation that you confirm gets a signed receipt.</p>;
  return (
    <ul class="list">
      {rows.map(({ id, confirmedText, proof, createdAt }) => (
        <li class="card">
          <p>{confirmedText}</p>
          <p class="soft">
            <When at={createdAt} />, {PROOF_WORDS[proof]}
          </p>
          <p>
            <a href={`/account/receipts/${id}`} download aria-label={`Download the receipt: ${confirmedText}`}>
              Download the receipt
            </a>
          </p>
        </li>
      ))}
    </ul>
  );
}

const PROOF_WORDS = {
  argument: "confirmed by your assistant, which states that you agreed",
  elicited: "asked through your app, which returned the text",
  approval_page: "confirmed by you on this site",
} as const satisfies Record<OperationRow["proof"], string>;
