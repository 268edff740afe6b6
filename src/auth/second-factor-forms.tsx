import type { PropsWithChildren } from "hono/jsx";
import { Notice } from "../pages/form-parts.tsx";
import { FORM_TOKEN } from "./forms.ts";
import { SECOND_FACTOR_PATH } from "./fresh-sign-in.ts";
import { CodeField, type FormView, HiddenFields } from "./plain-form.tsx";

/** The state of a person's second factor, for its forms. */
interface SecondFactorView extends FormView {
  readonly inForce: boolean;
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
        <a href="/account">{view.needed && !view.inForce ? "Not now. Go to your account" : "Go to your account"}</a>
      </p>
    </>
  );
}

function InForce({ view }: { view: SecondFactorView }) {
  return (
    <>
      <Notice kind="good">You sign in with your password and a code from your authenticator app.</Notice>
      <p>
        You can move to another app and get new recovery codes. Your present app works until you have typed the first
        code of the new one. If you have lost your app, type a recovery code here.
      </p>
      <p class="soft">
        Turning it off signs out your other browsers and devices
        {view.owner && ", and disconnects every app that may read or act as the owner"}.
        {view.needed && " The owner's console is closed to you until you set it up again."}
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
      {view.needed && (
        <Notice>
          As the owner you need this once before you go on. It protects the business if your password is stolen.
        </Notice>
      )}
      <p>
        An authenticator app on your phone shows a code that changes every 30 seconds. Once it is set up, you sign in
        with your password and the code. A guessed or stolen password is then not enough.
      </p>
      <p class="soft">
        Many password managers can do this. So can free apps such as Aegis, 2FAS or Google Authenticator.
      </p>
      <FactorForm view={view} action="begin" button="Set it up" />
    </>
  );
}

/** The recovery codes of a factor that was just confirmed. No later page shows them. */
export function RecoveryCodes({ codes, moved, next }: { codes: readonly string[]; moved: boolean; next: string }) {
  return (
    <>
      <Notice kind="good">
        {moved ? "Your new app is in use. Your old recovery codes no longer work. " : "Your second factor is on. "}
        You were signed out everywhere else.
      </Notice>
      <p>
        If you lose your app, each of these codes signs you in once. They are not shown again. Print them, or store them
        in a safe place.
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
  }>,
) {
  const { view, action, button, other, children } = props;
  return (
    <form method="post" action={SECOND_FACTOR_PATH} novalidate>
      <HiddenFields fields={{ [FORM_TOKEN]: view.formToken, returnTo: view.returnTo ?? "", ...props.hidden }} />
      {children}
      <div class="actions">
        <button type="submit" name="action" value={action} class="primary">
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
