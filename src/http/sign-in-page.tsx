import type { FieldErrors } from "../auth/credentials.ts";
import { FORM_TOKEN } from "../auth/forms.ts";
import { Field, Notice } from "./layout.tsx";

/** What the sign-in and sign-up forms show. Passwords are never shown again. */
export interface CredentialsView {
  readonly formToken: string;
  /** The path to come back to, as it was given; it is checked again when the form is sent. */
  readonly returnTo: string;
  readonly email?: string;
  readonly name?: string;
  /** The token of an invitation, where the person came by one. */
  readonly invitation?: string;
  readonly errors?: FieldErrors;
  /** A fault of the whole form. */
  readonly fault?: string;
}

/** E-mail and password. Works without scripts, and with a password manager. */
export function SignInForm(view: CredentialsView) {
  return (
    <>
      {view.fault && <Notice kind="bad">{view.fault}</Notice>}
      <form method="post" action="/sign-in" novalidate>
        <Hidden view={view} />
        <EmailField view={view} />
        <Field
          name="password"
          label="Password"
          type="password"
          autocomplete="current-password"
          error={view.errors?.password}
        />
        <div class="actions">
          <button type="submit" class="primary">
            Sign in
          </button>
        </div>
      </form>
      <p>
        <a href="/forgot-password">Forgot your password?</a>
      </p>
      <p>
        New here? <a href={`/sign-up${returnQuery(view.returnTo)}`}>Make an account</a>
      </p>
    </>
  );
}

/** The code of a person's second factor. */
export function SignInCodeForm(view: { formToken: string; returnTo: string; challenge: string; error?: string }) {
  return (
    <>
      <p>Open your authenticator app and type its code for this account, or one of your recovery codes.</p>
      <form method="post" action="/sign-in/code" novalidate>
        <Hidden view={view} />
        <input type="hidden" name="challenge" value={view.challenge} />
        <Field name="code" label="Code" autocomplete="one-time-code" error={view.error} autofocus />
        <div class="actions">
          <button type="submit" class="primary">
            Sign in
          </button>
        </div>
      </form>
      <p>
        <a href={`/sign-in${returnQuery(view.returnTo)}`}>Start again</a>
      </p>
    </>
  );
}

/** The same with a name, for a person who has no account yet. */
export function SignUpForm(view: CredentialsView & { passwordMin: number }) {
  return (
    <>
      {view.fault && <Notice kind="bad">{view.fault}</Notice>}
      <form method="post" action="/sign-up" novalidate>
        <Hidden view={view} />
        <Field
          name="name"
          label="Name"
          autocomplete="name"
          value={view.name ?? ""}
          error={view.errors?.name}
          autofocus
        />
        <EmailField view={view} />
        <Field
          name="password"
          label="Password"
          type="password"
          autocomplete="new-password"
          hint={`At least ${view.passwordMin} characters.`}
          error={view.errors?.password}
        />
        <div class="actions">
          <button type="submit" class="primary">
            Make an account
          </button>
        </div>
      </form>
      <p>
        Been here before? <a href={`/sign-in${returnQuery(view.returnTo)}`}>Sign in</a>
      </p>
    </>
  );
}

function EmailField({ view }: { view: CredentialsView }) {
  return (
    <Field
      name="email"
      label="E-mail"
      type="email"
      autocomplete="username"
      value={view.email ?? ""}
      error={view.errors?.email}
    />
  );
}

function Hidden({ view }: { view: CredentialsView }) {
  return (
    <>
      <input type="hidden" name={FORM_TOKEN} value={view.formToken} />
      <input type="hidden" name="returnTo" value={view.returnTo} />
      {view.invitation && <input type="hidden" name="invitation" value={view.invitation} />}
    </>
  );
}

function returnQuery(returnTo: string): string {
  return returnTo ? `?returnTo=${encodeURIComponent(returnTo)}` : "";
}
