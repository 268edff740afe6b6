import type { Scope } from "../kernel/actor.ts";
import { Notice } from "../pages/form-parts.tsx";
import type { Destination } from "./destination.ts";
import { DestinationName, DestinationWarning } from "./destination-words.tsx";
import type { Faults } from "./faults.ts";
import { FORM_TOKEN } from "./forms.ts";
import type { LimitStyle, LimitTexts } from "./limit-fields.ts";
import { LimitFields, LimitWords } from "./limits-form.tsx";
import { HiddenFields } from "./plain-form.tsx";
import { type ScopeUses, usesClauses } from "./scope-uses.ts";
import { ownerScopes, scopeWords } from "./scopes.ts";
import { SignOutButton } from "./sign-out.tsx";

/** The facts that a person decides by. Text from the app is for display only. */
interface ConsentView {
  /** The name that the app chose, cleaned. A domain, where there is one, proves who publishes the app. */
  readonly clientName: string;
  /** The domain that serves the metadata document of an app that is identified by such a document. */
  readonly clientDomain?: string;
  /** Where the authorization code is sent. */
  readonly destination: Destination;
  readonly resource: string;
  readonly business: string;
  readonly person: { readonly name: string; readonly email: string };
  /** The scopes that this person can grant; the ticked ones are granted unless the person unticks them. */
  readonly offers: readonly { readonly scope: Scope; readonly asked: boolean; readonly ticked: boolean }[];
  /** What each scope opens. */
  readonly uses: ScopeUses;
  /** The limits that the page proposes; undefined for an app that can't be given checkouts. */
  readonly limits: OfferedLimits | undefined;
  readonly handle: string;
  readonly formToken: string;
  /** `here`, sealed: a form that is refused is shown again by it. */
  readonly again: string;
  /** The path of this page, for a return after signing in as another person. */
  readonly here: string;
}

/** The fields of the limits: as the person set them for this app before, or as they typed them now. */
export interface OfferedLimits {
  readonly texts: LimitTexts;
  readonly style: LimitStyle;
  /** True where the person set them for this app before. */
  readonly remembered: boolean;
  readonly errors?: Faults["errors"] | undefined;
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
          <p>This app chose its own name. The name has not been checked.</p>
        )}
        <p>
          Access is sent to <DestinationName destination={view.destination} />
        </p>
        <p class="soft">
          For <code>{view.resource}</code>
        </p>
      </div>
      <DestinationWarning destination={view.destination} />
      {view.limits?.errors && <Notice kind="bad">The app is not connected yet: a limit can't be read.</Notice>}
      <form method="post" action="/authorize">
        <HiddenFields fields={{ [FORM_TOKEN]: view.formToken, handle: view.handle, again: view.again }} />
        {everyday.length > 0 && (
          <fieldset>
            <legend>What it may do for you</legend>
            {everyday.map((offer) => (
              <Choice offer={offer} uses={view.uses} />
            ))}
          </fieldset>
        )}
        {owner.length > 0 && (
          <fieldset>
            <legend>What it may do with your authority as the owner of {view.business}</legend>
            {owner.map((offer) => (
              <Choice offer={offer} uses={view.uses} />
            ))}
          </fieldset>
        )}
        {view.limits && <Limits limits={view.limits} />}
        <p class="soft">You can disconnect it at any time on your account page.</p>
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

/** Closed where no limit is proposed: most people set none, and what is folded is sent all the same. */
function Limits({ limits: { texts, style, remembered, errors } }: { limits: OfferedLimits }) {
  return (
    <details open={remembered || errors !== undefined}>
      <summary>Limits, if you want any</summary>
      <p class="soft">
        <LimitWords />
        {remembered && !errors && " You set these limits for this app before."}
      </p>
      <LimitFields texts={texts} style={style} errors={errors} />
    </details>
  );
}

type Offer = ConsentView["offers"][number];

function Choice({ offer: { scope, asked, ticked }, uses }: { offer: Offer; uses: ScopeUses }) {
  const { title, note } = scopeWords[scope];
  const { gravest } = uses[scope];
  const lost = usesClauses(uses[scope], {
    tools: "these tools stop working in the app",
    documents: "the app can't read",
  });
  return (
    <label class="choice" for={scope}>
      <input type="checkbox" id={scope} name="scope" value={scope} checked={ticked} />
      <span>
        <strong>
          {title}
          {!asked && " (it did not ask for this)"}
        </strong>
        <span class="soft">{`${gravest ? `${gravest} ` : ""}${note} Without this, ${lost.join("; ")}.`}</span>
      </span>
    </label>
  );
}
