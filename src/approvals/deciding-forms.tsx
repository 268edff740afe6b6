import { FORM_TOKEN } from "../auth/forms.ts";
import { returnQuery } from "../auth/return-to.ts";
import { ConfirmationField } from "../pages/confirmation.tsx";
import { ExactText } from "../pages/form-parts.tsx";
import { PasskeyForm, type PasskeyQuestion } from "../pages/passkey-form.tsx";

/** The page on which a person adds a passkey, which returns to the approval afterwards. */
export const passkeysPath = (approvalId: string): string =>
  `/account/passkeys${returnQuery(`/approvals/${approvalId}`)}`;

interface Forms {
  readonly approvalId: string;
  readonly token: string;
  /** The exact text of what is decided. */
  readonly text: string;
  /** What the person's passkeys are asked; undefined where they have none. */
  readonly question: PasskeyQuestion | undefined;
  /** Whether the owner's rule takes a touch alone. */
  readonly needsTouch: boolean;
  /** The text that was typed, where it was refused. */
  readonly typed: string | undefined;
}

/** The ways to decide: a touch first for a person who has a passkey, the typed text where the rule takes it, and a no. */
export function DecidingForms(forms: Forms) {
  const { question, needsTouch, typed } = forms;
  if (!question && !needsTouch) return <TypedForm {...forms} declines />;
  return (
    <>
      {question ? <TouchForm {...forms} question={question} /> : <AddFirst {...forms} />}
      {question && !needsTouch && (
        <details open={typed !== undefined}>
          <summary>Type the text instead</summary>
          <TypedForm {...forms} declines={false} />
        </details>
      )}
      <form method="post" action={`/approvals/${forms.approvalId}`}>
        <input type="hidden" name={FORM_TOKEN} value={forms.token} />
        <button type="submit" name="decision" value="decline">
          Decline
        </button>
      </form>
    </>
  );
}

function TouchForm({ approvalId, token, text, question, needsTouch }: Forms & { question: PasskeyQuestion }) {
  return (
    <>
      <PasskeyForm
        action={`/approvals/${approvalId}`}
        hidden={{ [FORM_TOKEN]: token, decision: "approve" }}
        question={question}
        button="Approve with your passkey"
      >
        <p>Your passkey approves exactly this:</p>
        <p class="exact">
          <code>{text}</code>
        </p>
      </PasskeyForm>
      {needsTouch && (
        <noscript>
          <p>This needs your passkey, and a passkey needs a browser that runs the script of this page.</p>
        </noscript>
      )}
    </>
  );
}

function AddFirst({ approvalId, text }: Forms) {
  return (
    <>
      <p class="exact">
        <code>{text}</code>
      </p>
      <p>This is approved with a passkey alone, and you have none yet.</p>
      <p class="actions">
        <a class="button primary" href={passkeysPath(approvalId)}>
          Add a passkey
        </a>
      </p>
    </>
  );
}

function TypedForm({ approvalId, token, text, typed, declines }: Forms & { declines: boolean }) {
  return (
    <form method="post" action={`/approvals/${approvalId}`}>
      <input type="hidden" name={FORM_TOKEN} value={token} />
      <ExactText to="To approve" text={text} />
      <ConfirmationField refused={typed === undefined ? undefined : { typed, exact: text }} />
      <div class="actions">
        <button type="submit" name="decision" value="approve" class="primary">
          Approve
        </button>
        {declines && (
          <button type="submit" name="decision" value="decline" formnovalidate>
            Decline
          </button>
        )}
      </div>
    </form>
  );
}
