import type { PropsWithChildren } from "hono/jsx";
import { Field, Notice } from "../pages/form-parts.tsx";
import { PasskeyForm, type PasskeyQuestion } from "../pages/passkey-form.tsx";
import { FORM_TOKEN } from "./forms.ts";
import { PASSKEYS_PATH, SECOND_FACTOR_PATH } from "./fresh-sign-in.ts";
import { CodeField, type FormView, HiddenFields } from "./plain-form.tsx";

/** The state of a person's second factor, for its forms. */
interface SecondFactorView extends FormView {
  /** Whether an app is in force. */
  readonly inForce: boolean;
  /** How many passkeys the person has. */
  readonly passkeys: number;
  /** What the browser is asked for a first passkey, and the name that it gets. */
  readonly question: PasskeyQuestion;
  readonly keyName: string;
  readonly owner: boolean;
  /** Whether this person needs one: the owner does, unless the deployment makes it optional. */
  readonly needed: boolean;
  /** The key that this session has begun to set up. `name` identifies the key that this page shows. */
  readonly secret?: { readonly typed: string; readonly url: string; readonly name: string };
}

/** The forms for the state of the factor: to set one up, to confirm a key, or to move or remove one. */
export function SecondFactorForms(view: SecondFactorView) {
  return (
    <>
      {view.faults?.fault && <Notice kind="bad">{view.faults.fault}</Notice>}
      {view.secret ? <Begun view={view} /> : view.inForce ? <InForce view={view} /> : <NotSetUp view={view} />}
      <p>
        <a href={PASSKEYS_PATH}>Your passkeys</a>
      </p>
      <p>
        <a href="/account">
          {view.needed && !view.inForce && view.passkeys === 0 ? "Not now. Go to your account" : "Go to your account"}
        </a>
      </p>
    </>
  );
}

function InForce({ view }: { view: SecondFactorView }) {
  return (
    <>
      <Notice kind="good">
        You sign in with your password and a code from your authenticator app
        {view.passkeys > 0 && ", or with a passkey"}.
      </Notice>
      <p>
        You can move to another app and get new recovery codes. Your present app works until you have typed the first
        code of the new one. If you have lost your app, type a recovery code here.
      </p>
      <p class="soft">
        Turning it off signs out your other browsers and devices
        {view.owner && view.passkeys === 0 && ", and disconnects every app that may read or act as the owner"}.
        {view.passkeys > 0 && " Your passkeys and recovery codes stay."}
        {view.passkeys === 0 && view.needed && " The owner's console is closed to you until you set it up again."}
      </p>
      <FactorForm view={view} action="move" button="Move to another app" other={["stop", "Turn it off"]}>
        <CodeField view={view} hint="Or a recovery code." />
      </FactorForm>
    </>
  );
}

function Begun({ view }: { view: SecondFactorView }) {
  const { typed = "", url = "", name = "" } = view.secret ?? {};
  return (
    <>
      {view.inForce && <Notice>Your present app works until you have done both steps.</Notice>}
      <ol>
        <li>
          In your {view.inForce && "other "}authenticator app, add an account:{" "}
          <a href={url}>open the app on this device</a>, or type this key there:
          <p>
            <code>{(typed.match(/.{1,4}/g) ?? []).join(" ")}</code>
          </p>
        </li>
        <li>Type the code that it shows now. This signs out your other browsers and devices.</li>
      </ol>
      <FactorForm
        view={view}
        action="confirm"
        button={view.inForce ? "Use this app" : "Turn it on"}
        hidden={{ shown: name }}
        {...(view.inForce && { other: ["keep", "Keep my present app"] })}
      >
        <CodeField view={view} />
      </FactorForm>
    </>
  );
}

function NotSetUp({ view }: { view: SecondFactorView }) {
  return (
    <>
      {view.needed && view.passkeys === 0 && (
        <Notice>
          As the owner you need this once before you go on. It protects the business if your password is stolen.
        </Notice>
      )}
      {view.passkeys > 0 ? <Notice kind="good">You sign in with a passkey.</Notice> : <FirstPasskey view={view} />}
      <h2>{view.passkeys > 0 ? "An authenticator app as well" : "Or an authenticator app"}</h2>
      <p>
        An authenticator app on your phone shows a code that changes every 30 seconds. Once it is set up, you sign in
        with your password and the code. A guessed or stolen password is then not enough.
        {view.passkeys > 0 && " You get new recovery codes, and the old ones end."}
      </p>
      <p class="soft">
        Many password managers can do this. So can free apps such as Aegis, 2FAS or Google Authenticator.
      </p>
      <FactorForm view={view} action="begin" button="Set it up" second={view.passkeys === 0} />
    </>
  );
}

function FirstPasskey({ view }: { view: SecondFactorView }) {
  return (
    <>
      <h2>A passkey</h2>
      <p>
        Your phone, computer or security key keeps the passkey, and asks for your fingerprint, face or PIN. It works on
        this site alone, so a site that only looks like this one gets nothing from it.
      </p>
      <AddPasskeyForm view={view} question={view.question} name={view.keyName} />
    </>
  );
}

/** The form that makes a passkey and names it. It is hidden where the browser can make none. */
export function AddPasskeyForm(props: { view: FormView; question: PasskeyQuestion; name: string }) {
  const { view, question, name } = props;
  return (
    <>
      <PasskeyForm
        action={PASSKEYS_PATH}
        hidden={{ [FORM_TOKEN]: view.formToken, returnTo: view.returnTo ?? "", action: "add" }}
        question={question}
        button="Add a passkey"
      >
        <Field
          name="name"
          label="Name"
          value={name}
          autocomplete="off"
          hint="You see it in your list of passkeys."
          error={view.faults?.errors?.name}
        />
      </PasskeyForm>
      <p class="soft">If no button is here, this browser can't make a passkey, or runs no scripts.</p>
    </>
  );
}

/** Recovery codes that were just made, under what has happened. No later page shows them. */
export function RecoveryCodes(props: PropsWithChildren<{ codes: readonly string[]; next: string }>) {
  const { codes, next, children } = props;
  return (
    <>
      <Notice kind="good">{children}</Notice>
      <p>
        If you lose your device or app, each of these codes signs you in once, after your password. They are not shown
        again. Print them, or store them in a safe place.
      </p>
      <div class="card">
        <ul class="list">
          {codes.map((code) => (
            <li>
              <code>{code}</code>
            </li>
          ))}
        </ul>
      </div>
      <p>
        <a class="button primary" href={next}>
          I have stored them: go on
        </a>
      </p>
    </>
  );
}

type Action = "begin" | "move" | "keep" | "confirm" | "stop";

function FactorForm(
  props: PropsWithChildren<{
    view: SecondFactorView;
    action: Action;
    button: string;
    /** A second button of the same form, and its action. */
    other?: readonly [Action, string];
    hidden?: Readonly<Record<string, string>>;
    /** True where another form of the page comes first. */
    second?: boolean;
  }>,
) {
  const { view, action, button, other, second = false, children } = props;
  return (
    <form method="post" action={SECOND_FACTOR_PATH} novalidate>
      <HiddenFields fields={{ [FORM_TOKEN]: view.formToken, returnTo: view.returnTo ?? "", ...props.hidden }} />
      {children}
      <div class="actions">
        <button type="submit" name="action" value={action} class={second ? "" : "primary"}>
          {button}
        </button>
        {other && (
          <button type="submit" name="action" value={other[0]}>
            {other[1]}
          </button>
        )}
      </div>
    </form>
  );
}
