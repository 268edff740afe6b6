import { FORM_TOKEN } from "../auth/forms.ts";
import { Field, Notice } from "./layout.tsx";

/** How a person's second factor stands, and what they can do about it. */
export function SecondFactorForms(view: {
  inForce: boolean;
  /** While it waits for its first code. */
  secret?: { readonly typed: string; readonly url: string };
  formToken: string;
  error?: string | undefined;
}) {
  const { inForce, secret, formToken, error } = view;
  if (inForce) {
    return (
      <>
        <Notice kind="good">Signing in asks for a code of your authenticator app.</Notice>
        <CodeForm action="stop" formToken={formToken} error={error} button="Turn it off" hint="Or a recovery code." />
        <Back />
      </>
    );
  }
  if (secret) {
    return (
      <>
        <ol>
          <li>
            In your authenticator app, add an account: <a href={secret.url}>open the app on this device</a>, or type
            this key there:
            <p>
              <code>{(secret.typed.match(/.{1,4}/g) ?? []).join(" ")}</code>
            </p>
          </li>
          <li>Type the code that it shows now.</li>
        </ol>
        <CodeForm action="confirm" formToken={formToken} error={error} button="Turn it on" />
        <Back />
      </>
    );
  }
  return (
    <>
      <p>
        With a second factor, signing in asks for a code of an authenticator app too: a password alone, guessed or
        stolen, opens nothing.
      </p>
      <form method="post" action="/account/second-factor">
        <input type="hidden" name={FORM_TOKEN} value={formToken} />
        <div class="actions">
          <button type="submit" name="action" value="begin" class="primary">
            Set it up
          </button>
        </div>
      </form>
      <Back />
    </>
  );
}

/** Shown once. */
export function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  return (
    <>
      <Notice kind="good">The second factor is on.</Notice>
      <p>
        If you lose your app, each of these signs you in once. They are not shown again: print them, or keep them safe.
      </p>
      <ul class="list card">
        {codes.map((code) => (
          <li>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <Back />
    </>
  );
}

function CodeForm(view: {
  action: "confirm" | "stop";
  formToken: string;
  button: string;
  hint?: string;
  error?: string | undefined;
}) {
  return (
    <form method="post" action="/account/second-factor" novalidate>
      <input type="hidden" name={FORM_TOKEN} value={view.formToken} />
      <Field
        name="code"
        label="Code"
        autocomplete="one-time-code"
        error={view.error}
        {...(view.hint && { hint: view.hint })}
      />
      <div class="actions">
        <button type="submit" name="action" value={view.action} class={view.action === "confirm" ? "primary" : ""}>
          {view.button}
        </button>
      </div>
    </form>
  );
}

function Back() {
  return (
    <p>
      <a href="/account">To your account</a>
    </p>
  );
}
