import { PASSKEYS_PATH } from "../auth/fresh-sign-in.ts";
import { returnQuery } from "../auth/return-to.ts";
import { ConfirmationField } from "../pages/confirmation.tsx";
import { ExactText, HiddenFields } from "../pages/form-parts.tsx";
import { PasskeyForm, type PasskeyQuestion } from "../pages/passkey-form.tsx";

/** The page on which a person adds a passkey, which returns to the approval afterwards. */
export const passkeysPath = (returnTo: string): string => PASSKEYS_PATH + returnQuery(returnTo);

interface Forms {
  /** Where the forms are sent, and the fields that each of them carries. */
  readonly path: string;
  readonly hidden: Readonly<Record<string, string>>;
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
    <div class="deciding">
      {question ? <TouchForm {...forms} question={question} /> : <AddFirst {...forms} />}
      <div>
        <form method="post" action={forms.path}>
          <HiddenFields fields={forms.hidden} />
          <button type="submit" name="decision" value="decline">
            Decline
          </button>
        </form>
      </div>
      {question && !needsTouch && (
        <details open={typed !== undefined}>
          <summary>Type the text instead</summary>
          <TypedForm {...forms} declines={false} />
        </details>
      )}
    </div>
  );
}

function TouchForm({ path, hidden, text, question, needsTouch }: Forms & { question: PasskeyQuestion }) {
  return (
    <>
      <PasskeyForm
        action={path}
        hidden={{ ...hidden, decision: "approve" }}
        question={question}
        button="Approve with your passkey"
      >
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

function AddFirst({ path, text }: Forms) {
  return (
    <>
      <p class="exact">
        <code>{text}</code>
      </p>
      <p>This is approved with a passkey alone, and you have none yet.</p>
      <p class="actions">
        <a class="button primary" href={passkeysPath(path)}>
          Add a passkey
        </a>
      </p>
    </>
  );
}

function TypedForm({ path, hidden, text, typed, declines }: Forms & { declines: boolean }) {
  return (
    <form method="post" action={path}>
      <HiddenFields fields={hidden} />
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
