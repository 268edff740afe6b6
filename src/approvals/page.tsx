import type { Child } from "hono/jsx";
import { approvingActor } from "../auth/approving-actor.ts";
import { FORM_TOKEN } from "../auth/forms.ts";
import { signInPath, stepBefore } from "../auth/fresh-sign-in.ts";
import type { Person } from "../auth/people.ts";
import { Problem } from "../base/problem.ts";
import { type ApprovalRow, approvalById } from "../db/approvals.ts";
import { grantById } from "../db/grants.ts";
import { type BusinessRow, businessRow, type OperationRow, operationById, requireBusiness } from "../db/operations.ts";
import { isOwnerScope } from "../kernel/actor.ts";
import type { ConfirmedWrite } from "../kernel/confirmed-write.ts";
import { type Review, reviewApproval } from "../kernel/run-write.ts";
import { declaredName, withoutTricks } from "../pages/client-words.ts";
import { ConfirmationField } from "../pages/confirmation.tsx";
import { ExactText, htmlPage, Notice } from "../pages/layout.tsx";
import { seeOther } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { CHANGED, type End, endOf, NOTHING_HERE } from "./ends.ts";

/** An approval as its own person comes to it. */
export interface Place {
  readonly approval: ApprovalRow;
  readonly write: ConfirmedWrite;
  readonly person: Person;
  readonly business: BusinessRow;
  /** The name under which the client was allowed in; proven as far as its registration is. */
  readonly clientName: string | undefined;
  /** What came of it, once it was approved. */
  readonly operation: OperationRow | undefined;
}

/** `GET /approvals/{id}`: what an assistant asks for, in plain words, to the very person it asks for. Changes nothing. */
export async function showApproval(id: string, request: Request, site: Site): Promise<Response> {
  const found = await findPlace(id, request, site);
  return found instanceof Response ? found : approvalPage(found, request, site);
}

/** The approval under an address, for its own person; the answer for everybody else. */
export async function findPlace(id: string, request: Request, site: Site): Promise<Place | Response> {
  const { ctx, auth } = site;
  const person = await auth.session(request);
  if (!person) return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath(`/approvals/${id}`));
  const rows = await ctx.db.read({ approval: approvalById(ctx, id), business: businessRow(ctx) });
  const [approval] = rows.approval;
  const business = requireBusiness(rows.business);
  const write = site.writes.find(({ name }) => name === approval?.writeName);
  // The same page for what is absent and what is somebody else's.
  if (!approval || !write || approval.actorId !== person.userId) {
    return plainPage(business, site, NOTHING_HERE, { status: 404 });
  }
  const step = isOwnerScope(write.scope) && stepBefore(person, ctx.clock.now(), `/approvals/${id}`);
  if (step) return seeOther(ctx.publicUrl, ctx.publicUrl + step);
  const { grant, operation } = await ctx.db.read({
    grant: grantById(ctx, approval.grantId ?? ""),
    operation: operationById(ctx, approval.operationId),
  });
  return { approval, write, person, business, clientName: grant[0]?.clientName, operation: operation[0] };
}

interface Again {
  readonly status?: number;
  readonly words?: string;
  readonly textError?: string;
}

/** The approval as it stands: the form while it waits, else how it ended. */
export async function approvalPage(place: Place, request: Request, site: Site, again: Again = {}): Promise<Response> {
  const { approval, operation, write, person, business } = place;
  const { ctx, auth } = site;
  const ended = await endOf(approval, operation, ctx);
  if (ended) return donePage(place, site, ended, { status: again.status ?? 200 });
  let review: Review;
  try {
    review = await reviewApproval(write, approval, approvingActor(approval, person, write, ctx), ctx);
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    const end = { title: "This can no longer be done", words: thrown.details.detail };
    return donePage(place, site, end, { status: thrown.status });
  }
  if (review.changed) return donePage(place, site, CHANGED, { status: again.status ?? 409 });
  const { token } = auth.forms.issue(request, person);
  const minutes = Math.max(1, Math.ceil((approval.expiresAt - ctx.clock.now()) / 60_000));
  return htmlPage({
    title: write.title,
    business: business.name,
    publicUrl: ctx.publicUrl,
    status: again.status ?? 200,
    content: (
      <>
        {again.words && <Notice kind="bad">{again.words}</Notice>}
        <p>
          {approval.clientId === null
            ? "You asked for this on a page of ours."
            : "An assistant asks you to allow this."}{" "}
          If you did not expect it, decline.
        </p>
        <dl class="card">
          {review.consequences.map(({ label, value, quoted }) => (
            <>
              <dt>{label}</dt>
              <dd>{quoted ? <blockquote>{withoutTricks(value)}</blockquote> : value}</dd>
            </>
          ))}
        </dl>
        {approval.clientId !== null && <Asker place={place} />}
        <form method="post" action={`/approvals/${approval.id}`}>
          <input type="hidden" name={FORM_TOKEN} value={token} />
          <ExactText to="To approve" text={review.text} />
          <ConfirmationField error={again.textError} />
          <div class="actions">
            <button type="submit" name="decision" value="approve" class="primary">
              Approve
            </button>
            <button type="submit" name="decision" value="decline" formnovalidate>
              Decline
            </button>
          </div>
        </form>
        <p class="soft">{`You have ${minutes} more ${minutes === 1 ? "minute" : "minutes"}. Signed in as ${person.email}.`}</p>
      </>
    ),
  });
}

/** Who asks: the name that was allowed in, and apart from it what the client says of itself now. */
function Asker({ place: { approval, clientName } }: { place: Place }) {
  const declared = declaredName(approval.clientDeclared);
  return (
    <dl>
      <dt>Asked by, as you connected it</dt>
      <dd>{clientName ?? "a connection that has ended"}</dd>
      {declared && (
        <>
          <dt>Says of itself, unverified</dt>
          <dd>{declared}</dd>
        </>
      )}
    </dl>
  );
}

interface Ending {
  readonly status?: number;
  /** Whether there may be more to see, or to decide, on the approval's own page. */
  readonly lookAgain?: boolean;
}

/** How it ended, and nothing to decide. */
export function donePage({ business, approval }: Place, site: Site, end: End, ending: Ending = {}): Promise<Response> {
  const more = ending.lookAgain ? (
    <p>
      <a href={`/approvals/${approval.id}`}>See how it stands</a>
    </p>
  ) : (
    <p>You can close this page.</p>
  );
  return plainPage(business, site, end, { ...ending, more });
}

function plainPage(
  business: BusinessRow,
  { ctx }: Site,
  { title, words }: End,
  { status = 200, more }: { status?: number; more?: Child },
): Promise<Response> {
  const content = (
    <>
      <p>{words}</p>
      {more}
    </>
  );
  return htmlPage({ title, business: business.name, publicUrl: ctx.publicUrl, status, content });
}
