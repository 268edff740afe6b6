import type { ConnectedClient } from "../auth/connected-clients.ts";
import type { Faults } from "../auth/faults.ts";
import { FORM_TOKEN } from "../auth/forms.ts";
import { isFresh, signInPath } from "../auth/fresh-sign-in.ts";
import {
  type LimitTexts,
  limitStyle,
  limitStyleQueries,
  readLimits,
  textsOf,
  typedLimits,
} from "../auth/limit-fields.ts";
import { LimitFields, LimitWords } from "../auth/limits-form.tsx";
import { businessPage, notFoundPage } from "../auth/pages.tsx";
import type { Person } from "../auth/people.ts";
import { NO_LIMITS } from "../db/grant-limits.ts";
import { HiddenFields, Notice } from "../pages/form-parts.tsx";
import { Money, When } from "../pages/locale.tsx";
import { seeOther } from "../pages/see-other.ts";
import type { Site } from "../site.ts";

/** The page on which a person changes the limits of one of their apps, named by `?app=`. */
export const LIMITS_PATH = "/account/limits";

const pathOf = (grantId: string) => `${LIMITS_PATH}?${new URLSearchParams({ app: grantId })}`;

/** A refused form: what was typed, and why. */
interface RefusedForm {
  readonly typed?: LimitTexts;
  readonly faults: Faults;
}

/** `GET /account/limits?app=…`: the limits of one app, in a form. Asks for a fresh sign-in: a passer-by must not raise one. */
export async function showLimits(request: Request, site: Site, refused?: RefusedForm): Promise<Response> {
  const found = await findApp(new URL(request.url).searchParams.get("app") ?? "", request, site);
  return found instanceof Response ? found : limitsPage(found, request, site, refused);
}

/** `POST /account/limits?app=…`: stores the limits, or removes them. Refused where they have changed since the page. */
export async function submitLimits(request: Request, site: Site): Promise<Response> {
  const { ctx, auth } = site;
  const found = await findApp(new URL(request.url).searchParams.get("app") ?? "", request, site);
  if (found instanceof Response) return found;
  const { person, client } = found;
  const form = await auth.acceptedForm(request, person);
  if (form instanceof Response) return form;
  const typed = typedLimits(form);
  const style = limitStyle(await ctx.db.read(limitStyleQueries(ctx)));
  const wanted = form.get("action") === "remove" ? REMOVED : readLimits(typed, style, ctx.clock.now());
  if (wanted.kind === "invalid_fields") {
    return limitsPage(found, request, site, { typed, faults: { status: 422, errors: wanted.errors } });
  }
  const shownAt = /^\d{1,15}$/.test(form.get("shownAt") ?? "") ? Number(form.get("shownAt")) : null;
  const change = { grantId: client.grantId, userId: person.userId, shownAt, limits: wanted.limits };
  const guard = await auth.changeLimits(change);
  if (guard === undefined) return seeOther(ctx.publicUrl, `${ctx.publicUrl}/account#apps`);
  // The page is read anew: it shows the limits as they are now, or that the app is gone.
  return showLimits(request, site, { faults: { status: 409, fault: STALE } });
}

const REMOVED = { kind: "valid_fields", limits: NO_LIMITS } as const;

const STALE = "The limits were changed since you opened this page. Nothing was changed now: this is how they are.";

interface OwnApp {
  readonly person: Person;
  readonly client: ConnectedClient;
}

/** An app of the signed-in person's own that can start checkouts; for any other visitor and app a response. */
async function findApp(grantId: string, request: Request, { ctx, auth }: Site): Promise<OwnApp | Response> {
  const person = await auth.session(request);
  if (!person) return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath(pathOf(grantId)));
  const client = (await auth.listGrants(person.userId)).find((one) => one.grantId === grantId);
  if (!client || !canBeLimited(client)) return notFoundPage(ctx, "You have no connected app here that can order.");
  if (isFresh(person, ctx.clock.now())) return { person, client };
  return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath(pathOf(grantId), { again: true }));
}

async function limitsPage(
  { person, client }: OwnApp,
  request: Request,
  { ctx, auth }: Site,
  refused?: RefusedForm,
): Promise<Response> {
  const now = ctx.clock.now();
  const style = limitStyle(await ctx.db.read(limitStyleQueries(ctx)));
  const texts = refused?.typed ?? textsOf(client.limits, style, now);
  const hidden = {
    [FORM_TOKEN]: auth.forms.issue(request, person).token,
    shownAt: client.limits ? String(client.limits.updatedAt) : "",
  };
  return businessPage(ctx, () => ({
    title: `Limits of ${client.clientName}`,
    status: refused?.faults.status ?? 200,
    content: (
      <>
        {refused?.faults.fault && <Notice kind="bad">{refused.faults.fault}</Notice>}
        <LimitLines client={client} now={now} />
        <p class="soft">
          <LimitWords />
        </p>
        <form method="post" action={pathOf(client.grantId)} novalidate>
          <HiddenFields fields={hidden} />
          <LimitFields texts={texts} style={style} errors={refused?.faults.errors} />
          <div class="actions">
            <button type="submit" name="action" value="save" class="primary">
              Save the limits
            </button>
            {client.limits && (
              <button type="submit" name="action" value="remove">
                Remove all limits
              </button>
            )}
          </div>
        </form>
        <p>
          <a href="/account">Your account</a>
        </p>
      </>
    ),
  }));
}

/** The limits of an app on the account page, with the way to change them. An app that can't order has none. */
export function AppLimits({ client, now }: { client: ConnectedClient; now: number }) {
  if (!canBeLimited(client)) return null;
  const words = client.limits ? "Change the limits" : "Set limits";
  return (
    <>
      <LimitLines client={client} now={now} />
      <p>
        <a href={pathOf(client.grantId)} aria-label={`${words} of ${client.clientName}`}>
          {words}
        </a>
      </p>
    </>
  );
}

function LimitLines({ client: { limits, started }, now }: { client: ConnectedClient; now: number }) {
  if (!limits) return <p>Limits: none.</p>;
  const { mostCents, currency, mostADay, endsAt } = limits;
  return (
    <>
      <p>Limits, beyond which it asks you first:</p>
      <ul>
        {mostCents !== null && currency !== null && (
          <li>
            One checkout: at most <Money cents={mostCents} currency={currency} /> before added tax
          </li>
        )}
        {mostADay !== null && (
          <li>
            {`Checkouts in 24 hours: ${mostADay}, of which ${Math.max(0, mostADay - started)} ${mostADay - started === 1 ? "is" : "are"} left`}
          </li>
        )}
        {endsAt !== null && (
          <li>
            {endsAt > now ? "It acts alone until " : "It acted alone until "}
            <When at={endsAt} />
          </li>
        )}
      </ul>
    </>
  );
}

/** Whether the app may start checkouts, which is what the limits are about. */
const canBeLimited = ({ scopes }: ConnectedClient) => scopes.includes("checkout:write");
