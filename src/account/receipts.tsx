import type { OperationRow } from "../db/operations.ts";
import { When } from "../pages/elements.tsx";

/** What a person confirmed, each with its signed receipt. */
export function Receipts({ rows }: { rows: readonly OperationRow[] }) {
  if (rows.length === 0) return <p class="soft">None yet. Whatever you confirm here gets a signed receipt.</p>;
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
  argument: "confirmed by your assistant: that you agreed is its word",
  elicited: "asked through your program, which returned the text",
  approval_page: "confirmed by you on our page",
} as const satisfies Record<OperationRow["proof"], string>;
