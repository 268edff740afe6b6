import { Notice } from "../pages/layout.tsx";
import { FORM_TOKEN } from "./forms.ts";
import { ownerScopes, type Scope, scopeWords } from "./scopes.ts";
import { SignOutButton } from "./sign-out.tsx";

/** What a person needs to see before letting a client act for them. All text of the client's is for display only. */
export interface ConsentView {
  /** Cleaned; self-declared unless the domain is set. */
  readonly clientName: string;
  /** The domain that serves the client's metadata document, for a client that is identified by one. */
  readonly clientDomain?: string;
  /** Where the access is sent. */
  readonly redirectHost: string;
  /** True when that is a program on the person's own computer. */
  readonly redirectIsLocal: boolean;
  readonly resource: string;
  readonly business: string;
  readonly person: { readonly name: string; readonly email: string };
  /** What this person can grant; the ticked ones are what they grant by pressing the button at once. */
  readonly offers: readonly { readonly scope: Scope; readonly asked: boolean; readonly ticked: boolean }[];
  readonly handle: string;
  readonly formToken: string;
  /** The path of this page, for coming back as somebody else. */
  readonly here: string;
}

/** The consent form. It is sent to a fixed address of ours and carries no OAuth parameter: those stay on the server. */
export function ConsentForm(view: ConsentView) {
  const everyday = view.offers.filter(({ scope }) => !ownerScopes.includes(scope));
  const owner = view.offers.filter(({ scope }) => ownerScopes.includes(scope));
  return (
    <>
      <div class="card">
        {view.clientDomain ? (
          <p>
            Published by <strong>{view.clientDomain}</strong>
          </p>
        ) : (
          <p>This program named itself. Nobody has checked the name.</p>
        )}
        <p>
          Access is sent to <strong>{view.redirectHost}</strong>
        </p>
        <p class="soft">
          For <code>{view.resource}</code>
        </p>
      </div>
      {view.redirectIsLocal && (
        <Notice>
          This sends access to a program on your own computer. Go on only if you have just started signing in from it.
        </Notice>
      )}
      <form method="post" action="/authorize">
        <input type="hidden" name={FORM_TOKEN} value={view.formToken} />
        <input type="hidden" name="handle" value={view.handle} />
        {everyday.length > 0 && (
          <fieldset>
            <legend>It may, in your name</legend>
            {everyday.map((offer) => (
              <Choice offer={offer} />
            ))}
          </fieldset>
        )}
        {owner.length > 0 && (
          <fieldset>
            <legend>With your authority as the owner of {view.business}</legend>
            {owner.map((offer) => (
              <Choice offer={offer} />
            ))}
          </fieldset>
        )}
        <p class="soft">You can end this at any time on your account page.</p>
        <div class="actions">
          <button type="submit" name="decision" value="allow" class="primary">
            Allow
          </button>
          <button type="submit" name="decision" value="deny">
            Deny
          </button>
        </div>
      </form>
      <div class="soft">
        Signed in as {view.person.name} ({view.person.email}). Not you?{" "}
        <SignOutButton formToken={view.formToken} returnTo={view.here} />
      </div>
    </>
  );
}

function Choice({ offer: { scope, asked, ticked } }: { offer: ConsentView["offers"][number] }) {
  const { title, detail } = scopeWords[scope];
  return (
    <label class="choice" for={scope}>
      <input type="checkbox" id={scope} name="scope" value={scope} checked={ticked} />
      <span>
        <strong>
          {title}
          {!asked && " (it did not ask)"}
        </strong>
        <span class="soft">{detail}</span>
      </span>
    </label>
  );
}
