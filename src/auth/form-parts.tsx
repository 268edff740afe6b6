import type { PropsWithChildren } from "hono/jsx";
import { Field, Notice } from "../pages/layout.tsx";
import { type FieldErrors, PASSWORD_MIN } from "./credentials.ts";
import { FORM_TOKEN } from "./forms.ts";

/** What every form of a way in shows. Passwords are never shown again. */
export interface FormView {
  readonly formToken: string;
  /** The path to come back to, as it was given; it is checked again when the form is sent. */
  readonly returnTo?: string;
  readonly name?: string;
  readonly email?: string;
  readonly errors?: FieldErrors;
  /** A fault of the whole form. */
  readonly fault?: string | undefined;
}

/** E-mail and password. Works without scripts, and with a password manager. */
export function SignInForm({ view, made }: { view: FormView; made: boolean }) {
  const query = returnQuery(view.returnTo);
  return (
    <>
      {made && <Notice kind="good">If that address had no account, it has one now. Sign in with your password.</Notice>}
      <PlainForm view={view} action="/sign-in" button="Sign in">
        <EmailField view={view} />
        <PasswordField view={view} />
      </PlainForm>
      <p>
        <a href={`/forgot-password${query}`}>Forgot your password?</a>
      </p>
      <p>
        New here? <a href={`/sign-up${query}`}>Make an account</a>
      </p>
    </>
  );
}

/** The code of a person's second factor. */
export function SignInCodeForm({ view, challenge }: { view: FormView; challenge: string }) {
  return (
    <>
      <p>Open your authenticator app and type its code for this account, or one of your recovery codes.</p>
      <PlainForm view={view} action="/sign-in/code" button="Sign in" hidden={{ challenge }}>
        <Field name="code" label="Code" autocomplete="one-time-code" error={view.errors?.code} autofocus />
      </PlainForm>
      <p>
        <a href={`/sign-in${returnQuery(view.returnTo)}`}>Start again</a>
      </p>
    </>
  );
}

/** Who a new person is. Who came by a link has the address that it was sent to. */
export function SignUpForm({ view, invitation }: { view: FormView; invitation?: string | undefined }) {
  return (
    <>
      <PlainForm
        view={view}
        action="/sign-up"
        button="Make an account"
        {...(invitation && { hidden: { invitation, email: view.email ?? "" } })}
      >
        {invitation && (
          <p>
            Your e-mail address: <strong>{view.email}</strong>
          </p>
        )}
        <NameField view={view} />
        {!invitation && <EmailField view={view} />}
        <PasswordField view={view} chosen />
      </PlainForm>
      <BeenHere view={view} />
    </>
  );
}

/** The address that the link to a new account goes to. */
export function SignUpAddressForm({ view }: { view: FormView }) {
  return (
    <>
      <PlainForm view={view} action="/sign-up" button="Send the link">
        <p>Type your e-mail address, and get a link to make your account.</p>
        <EmailField view={view} />
      </PlainForm>
      <BeenHere view={view} />
    </>
  );
}

/** Which account a new password is for. */
export function ForgottenForm({ view }: { view: FormView }) {
  return (
    <PlainForm view={view} action="/forgot-password" button="Send the link">
      <p>Type the e-mail address of your account, and get a link to set a new password.</p>
      <EmailField view={view} />
    </PlainForm>
  );
}

/** A new password, behind a mailed link. */
export function NewPasswordForm({ view, action }: { view: FormView; action: string }) {
  return (
    <PlainForm view={view} action={action} button="Set the password">
      <PasswordField view={view} label="New password" chosen />
    </PlainForm>
  );
}

/** A new password in place of the present one. */
export function ChangePasswordForm({ view }: { view: FormView }) {
  return (
    <>
      <PlainForm view={view} action="/account/password" button="Change the password">
        <p>
          Your other browsers and devices are signed out by this. Connected programs stay connected; you end them on{" "}
          <a href="/account">your account</a>.
        </p>
        <PasswordField view={view} name="present" label="Your password now" />
        <PasswordField view={view} label="New password" chosen />
      </PlainForm>
      <p>
        <a href="/forgot-password?returnTo=%2Faccount">Forgot your password?</a>
      </p>
    </>
  );
}

/** Who the owner is: name, address and password of the one account that the business names. */
export function OwnerSetupForm({ view, action }: { view: FormView; action: string }) {
  return (
    <PlainForm view={view} action={action} button="Become the owner">
      <p>This makes you the owner: you decide what assistants may do here. The link is good once.</p>
      <NameField view={view} />
      <EmailField view={view} />
      <PasswordField view={view} chosen />
    </PlainForm>
  );
}

/** A form with its token, the way back, what is wrong, and one button. */
function PlainForm(
  props: PropsWithChildren<{
    view: FormView;
    action: string;
    button: string;
    hidden?: Readonly<Record<string, string>>;
  }>,
) {
  const { view, action, button, children } = props;
  const hidden = { [FORM_TOKEN]: view.formToken, returnTo: view.returnTo ?? "", ...props.hidden };
  return (
    <>
      {view.fault && <Notice kind="bad">{view.fault}</Notice>}
      <form method="post" action={action} novalidate>
        {Object.entries(hidden).map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
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

function NameField({ view }: { view: FormView }) {
  return (
    <Field name="name" label="Name" autocomplete="name" value={view.name ?? ""} error={view.errors?.name} autofocus />
  );
}

function EmailField({ view }: { view: FormView }) {
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

/** A password, to be typed again or to be chosen. */
function PasswordField(props: { view: FormView; name?: string; label?: string; chosen?: boolean }) {
  const { view, name = "password", label = "Password", chosen = false } = props;
  return (
    <Field
      name={name}
      label={label}
      type="password"
      autocomplete={chosen ? "new-password" : "current-password"}
      error={view.errors?.[name]}
      {...(chosen && { hint: `At least ${PASSWORD_MIN} characters.` })}
    />
  );
}

function BeenHere({ view }: { view: FormView }) {
  return (
    <p>
      Been here before? <a href={`/sign-in${returnQuery(view.returnTo)}`}>Sign in</a>
    </p>
  );
}

function returnQuery(returnTo: string | undefined): string {
  return returnTo ? `?${new URLSearchParams({ returnTo })}` : "";
}
