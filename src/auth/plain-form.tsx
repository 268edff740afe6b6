import type { PropsWithChildren } from "hono/jsx";
import { Field, Notice } from "../pages/form-parts.tsx";
import { PASSWORD_MIN } from "./credentials.ts";
import type { Faults } from "./faults.ts";
import { FORM_TOKEN } from "./forms.ts";

/** The values that a sign-in form shows. A typed password is never shown again. */
export interface FormView {
  readonly formToken: string;
  /** The path to come back to, as it was given; it is checked again when the form is sent. */
  readonly returnTo?: string;
  readonly name?: string;
  readonly email?: string;
  readonly faults?: Faults | undefined;
}

/** The same before the page has issued the token. */
export type FormContent = Omit<FormView, "formToken">;

/** A form with its token, the path to come back to, the fault of the whole, and one button. */
export function PlainForm(
  props: PropsWithChildren<{
    view: FormView;
    action: string;
    button: string;
    hidden?: Readonly<Record<string, string>>;
  }>,
) {
  const { view, action, button, children } = props;
  return (
    <>
      {view.faults?.fault && <Notice kind="bad">{view.faults.fault}</Notice>}
      <form method="post" action={action} novalidate>
        <HiddenFields fields={{ [FORM_TOKEN]: view.formToken, returnTo: view.returnTo ?? "", ...props.hidden }} />
        {children}
        <div class="actions">
          <button type="submit" class="primary">
            {button}
          </button>
        </div>
      </form>
    </>
  );
}

/** Fields that a form sends without showing them. */
export function HiddenFields({ fields }: { fields: Readonly<Record<string, string>> }) {
  return (
    <>
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
    </>
  );
}

/** A person's name; the first field of its form. */
export function NameField({ view }: { view: FormView }) {
  return (
    <Field
      name="name"
      label="Name"
      autocomplete="name"
      value={view.name ?? ""}
      error={view.faults?.errors?.name}
      autofocus
    />
  );
}

/** An address, under the name by which password managers know an account. */
export function EmailField({ view }: { view: FormView }) {
  return (
    <Field
      name="email"
      label="E-mail"
      type="email"
      autocomplete="username"
      value={view.email ?? ""}
      error={view.faults?.errors?.email}
    />
  );
}

/** A person's present password, or one that they choose. */
export function PasswordField(props: { view: FormView; name?: string; label?: string; chosen?: boolean }) {
  const { view, name = "password", label = "Password", chosen = false } = props;
  return (
    <Field
      name={name}
      label={label}
      type="password"
      autocomplete={chosen ? "new-password" : "current-password"}
      error={view.faults?.errors?.[name]}
      {...(chosen && { hint: `At least ${PASSWORD_MIN} characters.` })}
    />
  );
}

/** The code of an authenticator app, or a recovery code. */
export function CodeField(props: { view: FormView; label?: string; hint?: string; autofocus?: boolean }) {
  const { view, label = "Code", hint, autofocus = true } = props;
  const error = view.faults?.errors?.code;
  return (
    <Field
      name="code"
      label={label}
      autocomplete="one-time-code"
      error={error}
      {...(hint && { hint })}
      autofocus={autofocus}
    />
  );
}
