import type { Child } from "hono/jsx";
import { FORM_TOKEN } from "../auth/forms.ts";
import { businessPage } from "../auth/pages.tsx";
import type { Person } from "../auth/people.ts";
import { toSignIn } from "../auth/sign-in-first.ts";
import { ROUTES } from "../commerce/routes.ts";
import { approvalMailSetting, isMailed } from "../db/approval-settings.ts";
import { waitingApprovals } from "../db/console.ts";
import { DECLINE_COUNTS_MS, declinesThatCount } from "../db/declines.ts";
import { HiddenFields, Notice } from "../pages/form-parts.tsx";
import { When } from "../pages/locale.tsx";
import { domainOf } from "../pages/untrusted-text.ts";
import type { Site } from "../site.ts";

/** The actions of the forms here. */
export const FORGET_PATH = `${ROUTES.accountApprovals}/forget`;
export const MAIL_PATH = `${ROUTES.accountApprovals}/mail`;

/** What a refused form adds to the page. */
export interface Refused {
  readonly status: number;
  readonly words: string;
}

/** `GET /account/approvals`: what waits for a person, and what they said no to. Mails of several requests lead here. */
export async function showApprovals(request: Request, site: Site, refused?: Refused): Promise<Response> {
  const { ctx, auth } = site;
  const person = await auth.session(request);
  if (!person) return toSignIn(ctx, ROUTES.accountApprovals);
  const sections = await approvalSections(person, auth.forms.issue(request, person).token, site);
  return businessPage(ctx, () => ({
    title: "Approvals",
    status: refused?.status ?? 200,
    content: (
      <>
        {refused && <Notice kind="bad">{refused.words}</Notice>}
        {sections}
        <p>
          <a href="/account">Your account</a>
        </p>
      </>
    ),
  }));
}

/** The sections about approvals, on the account page and on a page of their own. */
export async function approvalSections(person: Person, formToken: string, site: Site): Promise<Child> {
  const { ctx } = site;
  const rows = await ctx.db.read({
    asked: waitingApprovals(ctx, "own", person.userId),
    declined: declinesThatCount(ctx, person.userId),
    mail: approvalMailSetting(ctx, person.userId),
  });
  // An approval with an obstacle can no longer be decided.
  const obstacles = await ctx.obstaclesTo(rows.asked.map(({ approval }) => approval));
  const waiting = rows.asked.filter(({ approval }) => !obstacles.has(approval.id));
  const titleOf = (writeName: string) => site.writes.find(({ name }) => name === writeName)?.title ?? "A request";
  return (
    <>
      <h2>Waiting for your approval</h2>
      {waiting.length === 0 ? (
        <p class="soft">Nothing waits for you.</p>
      ) : (
        <ul class="list">
          {waiting.map(({ approval: { id, writeName, clientId, expiresAt }, clientName }) => (
            <li class="card">
              <p>
                <a href={`/approvals/${id}`}>{titleOf(writeName)}</a>
              </p>
              <p class="soft">
                Asked by <Asker name={clientName} clientId={clientId} />. You can decide until <When at={expiresAt} />.
              </p>
            </li>
          ))}
        </ul>
      )}
      <MailSwitch person={person} told={isMailed(rows.mail)} formToken={formToken} isSent={ctx.mail !== null} />
      {rows.declined.length > 0 && (
        <>
          <h2>What you said no to</h2>
          <p>
            For 24 hours the same app can do the same only if you approve it on a page of this site. Forget a no to end
            that now.
          </p>
          <ul class="list">
            {rows.declined.map(({ id, writeName, clientId, clientName, decidedAt }) => (
              <li class="card">
                <p>
                  <strong>{titleOf(writeName)}</strong>
                </p>
                <p class="soft">
                  Asked by <Asker name={clientName} clientId={clientId} />. You said no on <When at={decidedAt} />; it
                  counts until <When at={decidedAt + DECLINE_COUNTS_MS} />.
                </p>
                <form method="post" action={FORGET_PATH}>
                  <HiddenFields fields={{ [FORM_TOKEN]: formToken, approvalId: id }} />
                  <button type="submit" aria-label={`Forget the no to ${titleOf(writeName)}`}>
                    Forget
                  </button>
                </form>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** The app that asked, as the person connected it. */
function Asker({ name, clientId }: { name: string | null; clientId: string | null }) {
  if (clientId === null) return <>you, on this site</>;
  const domain = domainOf(clientId);
  return <>{`${name ?? "a disconnected app"}${domain ? ` of ${domain}` : ""}`}</>;
}

/** Whether the person is mailed what waits, and the button that switches it. */
function MailSwitch({
  person,
  told,
  formToken,
  isSent,
}: {
  person: Person;
  told: boolean;
  formToken: string;
  isSent: boolean;
}) {
  if (!isSent) return <p class="soft">This site sends no mail: look here for what waits.</p>;
  if (!person.emailVerified) {
    return <p class="soft">You are mailed what waits once your e-mail address is confirmed.</p>;
  }
  return (
    <form method="post" action={MAIL_PATH}>
      <HiddenFields fields={{ [FORM_TOKEN]: formToken, told: told ? "off" : "on" }} />
      <p>
        {told ? "You are mailed when something waits." : "You are not mailed: look here for what waits."}{" "}
        <button type="submit">{told ? "Switch these mails off" : "Switch these mails on"}</button>
      </p>
    </form>
  );
}
