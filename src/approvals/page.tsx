import { approvingActor } from "../auth/approving-actor.ts";
import { FORM_TOKEN } from "../auth/forms.ts";
import { signInPath, stepBefore } from "../auth/fresh-sign-in.ts";
import { notFoundPage } from "../auth/pages.tsx";
import type { Person } from "../auth/people.ts";
import { type Passkey, passkeysOf } from "../auth/webauthn.ts";
import { Problem } from "../base/problem.ts";
import { ROUTES } from "../commerce/routes.ts";
import { type ApprovalRow, approvalById } from "../db/approvals.ts";
import { type BusinessRow, businessRow, type OperationRow, operationById, requireBusiness } from "../db/operations.ts";
import { isOwnerScope } from "../kernel/actor.ts";
import type { ConfirmedWrite } from "../kernel/confirmed-write.ts";
import { type Review, reviewApproval } from "../kernel/run-write.ts";
import { Notice } from "../pages/form-parts.tsx";
import { htmlPage, type Page } from "../pages/layout.tsx";
import { When } from "../pages/locale.tsx";
import { seeOther } from "../pages/see-other.ts";
import { timeLeftWords } from "../pages/time-left.ts";
import type { Site } from "../site.ts";
import { DecidingForms, passkeysPath } from "./deciding-forms.tsx";
import { CHANGED, type End, endOf } from "./ends.ts";
import { Lines, SHOWN } from "./lines.tsx";
import { needsTouch, touchQuestion } from "./prove-touch.ts";

/** An approval, opened by the person that it asks. */
export interface ApprovalVisit {
  readonly approval: ApprovalRow;
  readonly write: ConfirmedWrite;
  readonly person: Person;
  readonly business: BusinessRow;
  /** The operation that claimed the approval; undefined until then. */
  readonly operation: OperationRow | undefined;
  /** The person's passkeys, the newest first. */
  readonly passkeys: readonly Passkey[];
}

/** `GET /approvals/{id}`: what an assistant asks for, in plain words, shown to the person it asks. Changes nothing. */
export async function showApproval(id: string, request: Request, site: Site): Promise<Response> {
  const found = await findApproval(id, request, site);
  return found instanceof Response ? found : approvalPage(found, request, site);
}

/** The approval with this id, for the person that it asks. Any other visitor gets a response: sign-in or 404. */
export async function findApproval(id: string, request: Request, site: Site): Promise<ApprovalVisit | Response> {
  const { ctx, auth } = site;
  const person = await auth.session(request);
  if (!person) return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath(`/approvals/${id}`));
  const rows = await ctx.db.read({ approval: approvalById(ctx, id), business: businessRow(ctx) });
  const [approval] = rows.approval;
  const write = site.writes.find(({ name }) => name === approval?.writeName);
  if (!approval || !write || approval.actorId !== person.userId) {
    return notFoundPage(ctx, "The link is incomplete, or it is for another person.");
  }
  const step = isOwnerScope(write.scope) && stepBefore(person, ctx.clock.now(), `/approvals/${id}`);
  if (step) return seeOther(ctx.publicUrl, ctx.publicUrl + step);
  const { operation, passkeys } = await ctx.db.read({
    operation: operationById(ctx, approval.operationId),
    passkeys: passkeysOf(ctx.db, person.userId),
  });
  const business = requireBusiness(rows.business);
  return { approval, write, person, business, operation: operation[0], passkeys };
}

/** What a submitted form adds to the page: its status, a fault above the form, and the text that was typed. */
interface FormRefusal {
  readonly status?: number;
  readonly words?: string;
  /** The text that was typed, where it is not the exact one. */
  readonly typed?: string;
}

/** The page of an approval: its form while it is pending, else how it ended. */
export async function approvalPage(
  visit: ApprovalVisit,
  request: Request,
  site: Site,
  refusal: FormRefusal = {},
): Promise<Response> {
  const { approval, write, person } = visit;
  const { ctx, auth } = site;
  const ended = await endOf(visit, ctx);
  if (ended) return donePage(visit, site, ended, { status: refusal.status ?? 200 });
  let review: Review;
  try {
    review = await reviewApproval(write, approval, approvingActor(approval, person, write, ctx), ctx);
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    const end = { title: "This can no longer be done", words: thrown.details.detail };
    return donePage(visit, site, end, { status: thrown.status });
  }
  if (review.changed) return donePage(visit, site, CHANGED, { status: refusal.status ?? 409 });
  const { token } = auth.forms.issue(request, person);
  const question = await touchQuestion(visit, review, ctx.publicUrl);
  return ownPage(visit, site, {
    title: write.title,
    status: refusal.status ?? 200,
    passkeys: question !== undefined,
    content: (
      <>
        {refusal.words && <Notice kind="bad">{refusal.words}</Notice>}
        <p>
          {approval.clientId === null ? "You asked for this on this site." : "An assistant asks you to allow this."} If
          you did not expect it, decline.
        </p>
        {review.overLimit && <p>{`${review.overLimit} So you are asked.`}</p>}
        <Lines review={review} />
        <DecidingForms
          path={`/approvals/${approval.id}`}
          hidden={{ [FORM_TOKEN]: token, [SHOWN]: review.shown }}
          text={review.text}
          question={question}
          needsTouch={needsTouch(review)}
          typed={refusal.typed}
        />
        <p class="soft">
          You have {timeLeftWords(approval.expiresAt - ctx.clock.now())}, until <When at={approval.expiresAt} />. Signed
          in as {person.email}.
          {!question && !needsTouch(review) && (
            <>
              {" "}
              <a href={passkeysPath(`/approvals/${approval.id}`)}>Add a passkey</a> to approve with one touch.
            </>
          )}
        </p>
      </>
    ),
  });
}

interface Ending {
  readonly status?: number;
  /** True when the approval may still be open: the page then links to it. */
  readonly lookAgain?: boolean;
}

/** A page that says how the approval ended, without a form. */
export function donePage(visit: ApprovalVisit, site: Site, end: End, ending: Ending = {}): Promise<Response> {
  return ownPage(visit, site, {
    title: end.title,
    status: ending.status ?? 200,
    content: (
      <>
        <p>{end.words}</p>
        <p>
          {ending.lookAgain ? (
            <a href={`/approvals/${visit.approval.id}`}>See its state</a>
          ) : (
            "You can close this page."
          )}{" "}
          <a href={ROUTES.accountApprovals}>
            {visit.approval.status === "declined" ? "See or forget what you said no to" : "See what else waits for you"}
          </a>
        </p>
      </>
    ),
  });
}

function ownPage(
  { business }: ApprovalVisit,
  { ctx }: Site,
  page: Pick<Page, "title" | "status" | "content" | "passkeys">,
) {
  return htmlPage({ ...page, business, publicUrl: ctx.publicUrl });
}
