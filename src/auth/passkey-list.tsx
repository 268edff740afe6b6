import type { PropsWithChildren } from "hono/jsx";
import { minuteText } from "../base/time.ts";
import { Facts } from "../pages/elements.tsx";
import { Notice } from "../pages/form-parts.tsx";
import { When } from "../pages/locale.tsx";
import type { PasskeyQuestion } from "../pages/passkey-form.tsx";
import { FORM_TOKEN } from "./forms.ts";
import { PASSKEYS_PATH, SECOND_FACTOR_PATH } from "./fresh-sign-in.ts";
import { NAME_MAX } from "./passkey-name.ts";
import { type FormView, HiddenFields } from "./plain-form.tsx";
import { AddPasskeyForm } from "./second-factor-forms.tsx";
import { MOST_PASSKEYS, type Passkey } from "./webauthn.ts";

/** The action that led to the page, by the word in its address; any other word says nothing. */
const DONE: ReadonlyMap<string | null, string> = new Map([
  ["added", "Your passkey is added. You can sign in with it from now on."],
  ["renamed", "The passkey has its new name."],
  ["removed", "The passkey is removed. Delete it on its device too. You were signed out everywhere else."],
]);

/** A person's passkeys, each with its forms, and the form that adds one. */
export function PasskeyList(props: {
  view: FormView;
  done: string | null;
  passkeys: readonly Passkey[];
  hasFactor: boolean;
  /** Whether the person has no authenticator app. */
  onlyPasskeys: boolean;
  owner: boolean;
  question: PasskeyQuestion;
  keyName: string;
}) {
  const { view, passkeys } = props;
  const done = view.faults ? undefined : DONE.get(props.done);
  return (
    <>
      {done && <Notice kind="good">{done}</Notice>}
      {view.faults?.fault && <Notice kind="bad">{view.faults.fault}</Notice>}
      <p>
        A passkey signs you in with your fingerprint, face or PIN, without a password. Your phone, computer or security
        key keeps it. It works on this site alone.
      </p>
      {passkeys.length === 0 ? (
        <p class="soft">You have no passkey yet.</p>
      ) : (
        <ul class="list">
          {passkeys.map((passkey) => (
            <li class="card">
              <OnePasskey view={view} passkey={passkey} />
            </li>
          ))}
        </ul>
      )}
      {passkeys.length > 0 && (
        <p class="soft">
          Removing a passkey signs out your other browsers and devices.
          {props.onlyPasskeys && passkeys.length === 1 && <LastOne owner={props.owner} />}
        </p>
      )}
      {passkeys.length < MOST_PASSKEYS && (
        <>
          <h2>Add a passkey</h2>
          {!props.hasFactor && (
            <p>
              With your first passkey your account asks for more than a password. You get recovery codes, and are signed
              out everywhere else.
            </p>
          )}
          <AddPasskeyForm view={view} question={props.question} name={props.keyName} />
        </>
      )}
      {props.hasFactor && (
        <>
          <h2>Recovery codes</h2>
          <p>If you have used or lost them, make new ones. The old ones end.</p>
          <KeyForm view={view} action="codes">
            <button type="submit">Make new recovery codes</button>
          </KeyForm>
        </>
      )}
      <p>
        <a href={SECOND_FACTOR_PATH}>Authenticator app</a>
      </p>
      <p>
        <a href="/account">Go to your account</a>
      </p>
    </>
  );
}

function LastOne({ owner }: { owner: boolean }) {
  return (
    <>
      {" "}
      This is your only second factor: without it your password alone opens your account, and your recovery codes end.
      {owner && " Every app that may read or act as the owner is disconnected."}
    </>
  );
}

function OnePasskey({ view, passkey }: { view: FormView; passkey: Passkey }) {
  const { credentialId, name, createdAt, lastUsedAt, backedUp } = passkey;
  const called = `${name}, made ${minuteText(createdAt)}`;
  return (
    <>
      <p>
        <strong>
          <bdi>{name}</bdi>
        </strong>
      </p>
      <Facts
        facts={[
          ["Made", <When at={createdAt} />],
          ["Last used", lastUsedAt === null ? "not yet" : <When at={lastUsedAt} />],
          ["Kept", backedUp === 1 ? "synced between your devices" : "on one device"],
        ]}
      />
      <KeyForm view={view} action="rename" id={credentialId}>
        <input
          type="text"
          name="name"
          value={name}
          maxlength={NAME_MAX}
          required
          autocomplete="off"
          aria-label={`Name of ${called}`}
        />
        <div class="actions">
          <button type="submit" aria-label={`Rename ${called}`}>
            Rename
          </button>
        </div>
      </KeyForm>
      <KeyForm view={view} action="remove" id={credentialId}>
        <button type="submit" aria-label={`Remove ${called}`}>
          Remove
        </button>
      </KeyForm>
    </>
  );
}

function KeyForm(props: PropsWithChildren<{ view: FormView; action: "rename" | "remove" | "codes"; id?: string }>) {
  const { view, action, id, children } = props;
  const hidden = { [FORM_TOKEN]: view.formToken, action, ...(id && { credentialId: id }) };
  return (
    <form method="post" action={PASSKEYS_PATH}>
      <HiddenFields fields={hidden} />
      {children}
    </form>
  );
}
