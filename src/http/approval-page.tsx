import type { Child } from "hono/jsx";
import { approvingActor } from "../auth/approving-actor.ts";
import { FORM_TOKEN } from "../auth/forms.ts";
import type { Person } from "../auth/people.ts";
import { readForm } from "../auth/read-body.ts";
import { type ApprovalRow, approvalById, decideApproval } from "../db/approvals.ts";
import { GuardFailed } from "../db/database.ts";
import { grantById } from "../db/grants.ts";
import { type BusinessRow, businessRow } from "../db/operations.ts";
import { isOwnerScope } from "../kernel/actor.ts";
import { approvedArguments } from "../kernel/approval.ts";
import type { ConfirmedWrite } from "../kernel/confirmed-write.ts";
import { Problem } from "../kernel/problem.ts";
import { refusalOf } from "../kernel/refusal.ts";
import { type Review, reviewApproval, runWrite } from "../kernel/run-write.ts";
import { Field, htmlPage, Notice } from "./layout.tsx";
import type { HttpParts } from "./parts.ts";

/** How old a sign-in may be for a write of the owner's: whoever walks up to an open browser is not the owner. */
const FRESH_MS = 15 * 60_000;

/** An approval as its own person comes to it. */
interface Place {
  readonly approval: ApprovalRow;
  readonly write: ConfirmedWrite;
  readonly person: Person;
  readonly business: BusinessRow;
  /** The name under which the client was allowed in; proven as far as its registration is. */
  readonly clientName: string | undefined;
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
  const { approval, write, person } = place;
  try {
    await parts.limits.actor(person.userId);
    const actor = approvingActor(approval, person, write, parts.ctx);
    const args = {
      ...(await approvedArguments(approval, parts.ctx)),
      confirmationText: form.get("confirmationText") ?? "",
    };
    await runWrite(write, { actor, args, approval, proof: "approval_page" }, parts.ctx);
    return donePage(place, parts, "Done", "It was carried out just now. Your assistant can see the result.");
  } catch (thrown) {
    const problem = refusalOf(thrown, write.name, parts.ctx.log);
    if (problem.code === "confirmation_mismatch") {
      return approvalPage(place, request, parts, { status: 422, textError: "That is not the exact text above." });
    }
    return donePage(place, parts, "It was not carried out", problem.details.detail, problem.status);
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
    return plainPage(
      business,
      parts,
      "There is nothing here",
      "The link is not complete, or it was made for another person.",
      404,
    );
  }
  if (isOwnerScope(write.scope) && ctx.clock.now() - person.signedInAt > FRESH_MS) return toSignIn(id, parts, true);
  const { grant } = await ctx.db.read({ grant: grantById(ctx, approval.grantId ?? "") });
  return { approval, write, person, business, clientName: grant[0]?.clientName };
}

function toSignIn(id: string, { ctx }: HttpParts, again = false): Response {
  const query = new URLSearchParams({ returnTo: `/approvals/${id}`, ...(again && { again: "1" }) });
  return new Response(null, {
    status: 303,
    headers: { Location: `${ctx.publicUrl}/sign-in?${query}`, "Cache-Control": "no-store" },
  });
}

interface Again {
  readonly status?: number;
  readonly words?: string;
  readonly textError?: string;
}

async function approvalPage(place: Place, request: Request, parts: HttpParts, again: Again = {}): Promise<Response> {
  const { approval, write, person, business } = place;
  const { ctx, auth } = parts;
  const ended = endOf(approval, ctx.clock.now());
  if (ended) return donePage(place, parts, ended.title, ended.words, again.status ?? 200);
  let review: Review;
  try {
    review = await reviewApproval(write, approval, approvingActor(approval, person, write, ctx), ctx);
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    return donePage(place, parts, "This can no longer be done", thrown.details.detail, thrown.status);
  }
  if (review.changed) {
    const words =
      "What it is about has changed since your assistant asked. Nothing was done; your assistant has to ask again.";
    return donePage(place, parts, "This has changed", words, again.status ?? 409);
  }
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

function declaredName(declared: string | null): string | undefined {
  try {
    const { name, version } = JSON.parse(declared ?? "{}") as { name?: unknown; version?: unknown };
    return typeof name === "string"
      ? [name, version]
          .filter((part) => typeof part === "string")
          .join(" ")
          .slice(0, 100)
      : undefined;
  } catch {
    return undefined;
  }
}

function endOf({ status, expiresAt }: ApprovalRow, now: number): { title: string; words: string } | undefined {
  if (status === "approved")
    return { title: "You approved this", words: "It was carried out. Nothing more will happen." };
  if (status === "declined") return { title: "You declined this", words: "Nothing was done." };
  if (status === "withdrawn")
    return { title: "This was taken back", words: "Your assistant asked anew or went on without it." };
  if (expiresAt <= now) return { title: "This has run out", words: "Nothing was done. Your assistant can ask again." };
  return undefined;
}

async function decline(place: Place, parts: HttpParts): Promise<Response> {
  try {
    await parts.ctx.db.commit(decideApproval(parts.ctx, place.approval.id, "declined"));
    return donePage(place, parts, "You declined this", "Nothing was done.");
  } catch (error) {
    if (!(error instanceof GuardFailed)) throw error;
    return donePage(place, parts, "This was decided already", "Nothing more was done.", 409);
  }
}

function donePage(
  { business }: Place,
  parts: HttpParts,
  title: string,
  words: string,
  status = 200,
): Promise<Response> {
  return plainPage(business, parts, title, words, status, <p>You can close this page.</p>);
}

function plainPage(
  business: BusinessRow,
  { ctx }: HttpParts,
  title: string,
  words: string,
  status: number,
  more?: Child,
): Promise<Response> {
  const content = (
    <>
      <p>{words}</p>
      {more}
    </>
  );
  return htmlPage({ title, business: business.name, publicUrl: ctx.publicUrl, status, content });
}
