import type { FieldErrors } from "../auth/credentials.ts";
import { FORM_TOKEN } from "../auth/forms.ts";
import { Field } from "./layout.tsx";

/** Which account a new password is for. */
export function AddressForm(view: { formToken: string; email?: string; errors?: FieldErrors }) {
  return (
    <form method="post" action="/forgot-password" novalidate>
      <input type="hidden" name={FORM_TOKEN} value={view.formToken} />
      <p>Type the e-mail address of your account, and get a link to set a new password.</p>
      <Field
        name="email"
        label="E-mail"
        type="email"
        autocomplete="username"
        value={view.email ?? ""}
        error={view.errors?.email}
      />
      <div class="actions">
        <button type="submit" class="primary">
          Send the link
        </button>
      </div>
    </form>
  );
}

/** A new password. */
export function NewPasswordForm(view: {
  action: string;
  formToken: string;
  passwordMin: number;
  errors?: FieldErrors;
}) {
  return (
    <form method="post" action={view.action} novalidate>
      <input type="hidden" name={FORM_TOKEN} value={view.formToken} />
      <Field
        name="password"
        label="New password"
        type="password"
        autocomplete="new-password"
        hint={`At least ${view.passwordMin} characters.`}
        error={view.errors?.password}
        autofocus
      />
      <div class="actions">
        <button type="submit" class="primary">
          Set the password
        </button>
      </div>
    </form>
  );
}

/** Who the owner is: name, address and password of the one account that the business names. */
export function OwnerSetupForm(view: {
  action: string;
  formToken: string;
  passwordMin: number;
  name?: string;
  email?: string;
  errors?: FieldErrors;
}) {
  return (
    <form method="post" action={view.action} novalidate>
      <input type="hidden" name={FORM_TOKEN} value={view.formToken} />
      <p>This makes you the owner: you decide what assistants may do here. The link is good once.</p>
      <Field name="name" label="Name" autocomplete="name" value={view.name ?? ""} error={view.errors?.name} autofocus />
      <Field
        name="email"
        label="E-mail"
        type="email"
        autocomplete="username"
        value={view.email ?? ""}
        error={view.errors?.email}
      />
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
          Become the owner
        </button>
      </div>
    </form>
  );
}
