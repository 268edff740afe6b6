import type { OperationRow } from "../db/operations.ts";
import { When } from "../pages/locale.tsx";
import { confirmationPath } from "./paths.ts";

/** A person's confirmed operations that succeeded, each with the way to its signed confirmation. */
export function Confirmations({ rows }: { rows: readonly OperationRow[] }) {
  if (rows.length === 0)
    return <p class="soft">No signed confirmation yet. What you confirm is signed here once it is done.</p>;
  return (
    <ul class="list">
      {rows.map(({ id, confirmedText, proof, createdAt }) => (
        <li class="card">
          <p>{confirmedText}</p>
          <p class="soft">
            <When at={createdAt} />, {PROOF_OF_PERSON[proof]}
          </p>
          <p>
            <a href={confirmationPath(id)} aria-label={`Signed confirmation: ${confirmedText}`}>
              Signed confirmation
            </a>
          </p>
        </li>
      ))}
    </ul>
  );
}

/** How a confirmation came, in words for the person who gave it. */
export const PROOF_OF_PERSON = {
  argument: "confirmed by your assistant, which states that you agreed",
  elicited: "asked through your app, which returned the text",
  approval_page: "confirmed by you on this site",
  passkey: "confirmed by you on this site, with your passkey",
} as const satisfies Record<OperationRow["proof"], string>;
