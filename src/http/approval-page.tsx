import type { Child } from "hono/jsx";
import { approvingActor } from "../auth/approving-actor.ts";
import { FORM_TOKEN } from "../auth/forms.ts";
import { isFresh, signInPath } from "../auth/fresh-sign-in.ts";
import { seeOther } from "../auth/pages.tsx";
import type { Person } from "../auth/people.ts";
import { readForm } from "../auth/read-body.ts";
import type { Context } from "../context.ts";
import { type ApprovalRow, approvalById, decideApproval } from "../db/approvals.ts";
import { GuardFailed } from "../db/database.ts";
import { grantById } from "../db/grants.ts";
import { type BusinessRow, businessRow, type OperationRow, operationById } from "../db/operations.ts";
import { isOwnerScope } from "../kernel/actor.ts";
import { approvedArguments } from "../kernel/approval.ts";
import type { ConfirmedWrite } from "../kernel/confirmed-write.ts";
import { Problem } from "../kernel/problem.ts";
import { refusalOf } from "../kernel/refusal.ts";
import { type Review, reviewApproval, runWrite } from "../kernel/run-write.ts";
import { openAnswer } from "../kernel/stored-answer.ts";
import { declaredName } from "./client-words.ts";
import { Field, htmlPage, Notice } from "./layout.tsx";
import type { HttpParts } from "./parts.ts";

/** An approval as its own person comes to it. */
interface Place {
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
export async function showApproval(id: string, request: Request, parts: HttpParts): Promise<Response> {
  const found = await findPlace(id, request, parts);
  return found instanceof Response ? found : approvalPage(found, request, parts);
}

/** `POST /approvals/{id}`: approves, and runs the write there and then; or declines. Once. */
export async function decideOnApproval(id: string, request: Request, parts: HttpParts): Promise<Response> {
  const place = await findPlace(id, request, parts);
  if (place instanceof Response) return place;
  const form = await readForm(request);
  if (!form || !parts.auth.forms.accepts(request, form, place.person)) {
    return approvalPage(place, request, parts, {
      status: 403,
      words: "That form is out of date. Please decide again.",
    });
  }
  if (form.get("decision") === "decline") return decline(place, parts);
  // A yes is pressed, never assumed.
  if (form.get("decision") !== "approve") return approvalPage(place, request, parts, { status: 400 });
  const { approval, write, person } = place;
  try {
    await parts.limits.actor(person.userId);
    const actor = approvingActor(approval, person, write, parts.ctx);
    const args = {
      ...(await approvedArguments(approval, parts.ctx)),
      confirmationText: form.get("confirmationText") ?? "",
    };
    const { operationId } = await runWrite(write, { actor, args, approval, proof: "approval_page" }, parts.ctx);
    // A complete call may have come first: what it did, this person did not approve.
    if (operationId !== approval.operationId) return donePage(place, parts, TAKEN_BACK, { status: 409 });
    return donePage(place, parts, DONE);
  } catch (thrown) {
    const problem = refusalOf(thrown, write.name, parts.ctx.log);
    if (problem.code === "confirmation_mismatch") {
      return approvalPage(place, request, parts, { status: 422, textError: "That is not the exact text above." });
    }
    return donePage(place, parts, refusedEnd(problem), { status: problem.status, lookAgain: true });
  }
}

async function findPlace(id: string, request: Request, parts: HttpParts): Promise<Place | Response> {
  const { ctx, auth } = parts;
  const person = await auth.session(request);
  if (!person) return toSignIn(id, parts);
  const rows = await ctx.db.read({ approval: approvalById(ctx, id), business: businessRow(ctx) });
  const [approval] = rows.approval;
  const [business] = rows.business;
  const write = parts.writes.find(({ name }) => name === approval?.writeName);
  if (!business) throw new Error("the business is not seeded");
  // The same page for what is absent and what is somebody else's.
  if (!approval || !write || approval.actorId !== person.userId) {
    return plainPage(business, parts, NOTHING_HERE, { status: 404 });
  }
  if (isOwnerScope(write.scope) && !isFresh(person, ctx.clock.now())) return toSignIn(id, parts, true);
  const { grant, operation } = await ctx.db.read({
    grant: grantById(ctx, approval.grantId ?? ""),
    operation: operationById(ctx, approval.operationId),
  });
  return { approval, write, person, business, clientName: grant[0]?.clientName, operation: operation[0] };
}

function toSignIn(id: string, { ctx }: HttpParts, again = false): Response {
  return seeOther(ctx.publicUrl, `${ctx.publicUrl}${signInPath(`/approvals/${id}`, { again })}`);
}

interface Again {
  readonly status?: number;
  readonly words?: string;
  readonly textError?: string;
}

async function approvalPage(place: Place, request: Request, parts: HttpParts, again: Again = {}): Promise<Response> {
  const { approval, write, person, business } = place;
  const { ctx, auth } = parts;
  const ended = await endOf(place, ctx);
  if (ended) return donePage(place, parts, ended, { status: again.status ?? 200 });
  let review: Review;
  try {
    review = await reviewApproval(write, approval, approvingActor(approval, person, write, ctx), ctx);
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    const end = { title: "This can no longer be done", words: thrown.details.detail };
    return donePage(place, parts, end, { status: thrown.status });
  }
  if (review.changed) return donePage(place, parts, CHANGED, { status: again.status ?? 409 });
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
        <p>An assistant asks you to allow this. If you did not expect it, decline.</p>
        <dl class="card">
          {review.consequences.map(({ label, value }) => (
            <>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </>
          ))}
        </dl>
        <Asker place={place} />
        <form method="post" action={`/approvals/${approval.id}`}>
          <input type="hidden" name={FORM_TOKEN} value={token} />
          <p>
            To approve, type exactly: <code>{review.text}</code>
          </p>
          <Field name="confirmationText" label="Confirmation" autocomplete="off" error={again.textError} />
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

/** How an approval ended, in words for the person it was for. */
interface End {
  readonly title: string;
  readonly words: string;
}

const DONE: End = { title: "Done", words: "It was carried out just now. Your assistant can see the result." };
const TAKEN_BACK: End = {
  title: "This was taken back",
  words: "Your assistant asked anew or went on without it.",
};
const DECLINED: End = { title: "You declined this", words: "Nothing was done." };
const RUN_OUT: End = { title: "This has run out", words: "Nothing was done. Your assistant can ask again." };
const UNKNOWN: End = {
  title: "It is not known yet whether this was carried out",
  words: "It is never done twice. Your assistant finds out by repeating its call, or it is settled by itself.",
};
const CHANGED: End = {
  title: "This has changed",
  words: "What it is about has changed since your assistant asked. Nothing was done; your assistant has to ask again.",
};
const NOTHING_HERE: End = {
  title: "There is nothing here",
  words: "The link is not complete, or it was made for another person.",
};

async function endOf({ approval, operation }: Place, ctx: Context): Promise<End | undefined> {
  const { status, expiresAt } = approval;
  if (status === "approved") return approvedEnd(operation, ctx);
  if (status === "declined") return DECLINED;
  if (status === "withdrawn") return TAKEN_BACK;
  return expiresAt <= ctx.clock.now() ? RUN_OUT : undefined;
}

/** An approval is used up by the claim; whether the effect came about is the operation's to tell. */
async function approvedEnd(operation: OperationRow | undefined, ctx: Context): Promise<End> {
  if (operation?.status === "succeeded") {
    return { title: "You approved this", words: "It was carried out. Nothing more will happen." };
  }
  if (operation?.status !== "failed") return UNKNOWN;
  const { detail } = await openAnswer(ctx, operation);
  return { title: "You approved this, and it failed", words: String(detail) };
}

/** After an error nobody can say yet what happened; after a refusal nothing did. */
function refusedEnd({ code, details }: Problem): End {
  if (code === "internal" || code === "outcome_unknown" || code === "operation_in_progress") return UNKNOWN;
  return { title: "It was not carried out", words: details.detail };
}

async function decline(place: Place, parts: HttpParts): Promise<Response> {
  try {
    await parts.ctx.db.commit(decideApproval(parts.ctx, place.approval.id, "declined"));
    return donePage(place, parts, DECLINED);
  } catch (error) {
    if (!(error instanceof GuardFailed)) throw error;
    const end = { title: "This was decided already", words: "Nothing more was done." };
    return donePage(place, parts, end, { status: 409, lookAgain: true });
  }
}

interface Ending {
  readonly status?: number;
  /** Whether there may be more to see, or to decide, on the approval's own page. */
  readonly lookAgain?: boolean;
}

function donePage({ business, approval }: Place, parts: HttpParts, end: End, ending: Ending = {}): Promise<Response> {
  const more = ending.lookAgain ? (
    <p>
      <a href={`/approvals/${approval.id}`}>See how it stands</a>
    </p>
  ) : (
    <p>You can close this page.</p>
  );
  return plainPage(business, parts, end, { ...ending, more });
}

function plainPage(
  business: BusinessRow,
  { ctx }: HttpParts,
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
