import type { PropsWithChildren } from "hono/jsx";
import { Field, Notice } from "../pages/layout.tsx";
import { FORM_TOKEN } from "./forms.ts";
import { SECOND_FACTOR_PATH } from "./fresh-sign-in.ts";

/** How a person's second factor stands, and what they can do about it. */
export interface SecondFactorView {
  readonly inForce: boolean;
  readonly owner: boolean;
  /** Whether this person's part here takes one: the owner's, unless the deployment says otherwise. */
  readonly needed: boolean;
  /** What this session has begun, in force or not beside it; `name` is that of the very secret that is shown. */
  readonly secret?: { readonly typed: string; readonly url: string; readonly name: string };
  readonly formToken: string;
  /** The path to go on to. */
  readonly returnTo: string;
  readonly error?: string | undefined;
  readonly fault?: string | undefined;
}

export function SecondFactorForms(view: SecondFactorView) {
  return (
    <>
      {view.fault && <Notice kind="bad">{view.fault}</Notice>}
      {view.secret ? <Begun view={view} /> : view.inForce ? <InForce view={view} /> : <None view={view} />}
      <p>
        <a href="/account">{view.needed && !view.inForce ? "Not now: to your account" : "To your account"}</a>
      </p>
    </>
  );
}

function InForce({ view }: { view: SecondFactorView }) {
  return (
    <>
      <Notice kind="good">Signing in asks for a code of your authenticator app.</Notice>
      <p>
        You can move it to another app, with new recovery codes: the app you have counts until the other one has shown
        its first code. If you lost your app, type a recovery code here.
      </p>
      <p class="soft">
        Turning it off signs your other browsers and devices out
        {view.owner && ", and disconnects every program that may read or act as the owner"}
        {view.needed && "; the owner's console is closed to you until you have set it up again"}.
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
      {view.inForce && <Notice>Until you have done both steps, the app you had counts.</Notice>}
      <ol>
        <li>
          In your {view.inForce && "other "}authenticator app, add an account:{" "}
          <a href={url}>open the app on this device</a>, or type this key there:
          <p>
            <code>{(typed.match(/.{1,4}/g) ?? []).join(" ")}</code>
          </p>
        </li>
        <li>Type the code that it shows now. Your other browsers and devices are signed out by it.</li>
      </ol>
      <FactorForm
        view={view}
        action="confirm"
        button={view.inForce ? "Use this app" : "Turn it on"}
        hidden={{ shown: name }}
        {...(view.inForce && { other: ["keep", "Keep the app I have"] })}
      >
        <CodeField view={view} />
      </FactorForm>
    </>
  );
}

function None({ view }: { view: SecondFactorView }) {
  return (
    <>
      {view.needed && (
        <Notice>
          As the owner you need this once before you go on: the business must not hang on a password alone.
        </Notice>
      )}
      <p>
        An authenticator app on your phone shows a code that changes every half minute. With it set up, signing in takes
        your password and the code: a password alone, guessed or stolen, opens nothing.
      </p>
      <p class="soft">Many password managers can do it, and free apps such as Aegis, 2FAS or Google Authenticator.</p>
      <FactorForm view={view} action="begin" button="Set it up" />
    </>
  );
}

/** Shown once. */
export function RecoveryCodes({ codes, moved, next }: { codes: readonly string[]; moved: boolean; next: string }) {
  return (
    <>
      <Notice kind="good">
        {moved ? "Your other app counts, and your codes from before are good for nothing. " : "It is on. "}
        You were signed out everywhere else.
      </Notice>
      <p>
        If you lose your app, each of these signs you in once. They are not shown again: print them, or keep them safe.
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
          I have kept them: go on
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
    /** A second button of the same form, and what it does. */
    other?: readonly [Action, string];
    hidden?: Readonly<Record<string, string>>;
  }>,
) {
  const { view, action, button, other, children } = props;
  const hidden = { [FORM_TOKEN]: view.formToken, returnTo: view.returnTo, ...props.hidden };
  return (
    <form method="post" action={SECOND_FACTOR_PATH} novalidate>
      {Object.entries(hidden).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
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

function CodeField({ view, hint }: { view: SecondFactorView; hint?: string }) {
  return (
    <Field name="code" label="Code" autocomplete="one-time-code" error={view.error} {...(hint && { hint })} autofocus />
  );
}
