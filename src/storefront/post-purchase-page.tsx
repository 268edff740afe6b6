import type { Child } from "hono/jsx";
import { FORM_TOKEN } from "../auth/forms.ts";
import { sha256 } from "../base/keyring.ts";
import { moneyText } from "../base/money.ts";
import { notFound, type Problem } from "../base/problem.ts";
import { refusalOf } from "../base/refusal.ts";
import { isoTime } from "../base/time.ts";
import { buyerActor } from "../commerce/checkout/buyer-actor.ts";
import { decisionContract } from "../commerce/checkout/decision-contract.ts";
import { answersTo, type Presentation, presentationOf } from "../commerce/checkout/post-purchase.ts";
import { ROUTES } from "../commerce/routes.ts";
import { type IntentRow, intentByLink } from "../db/checkouts.ts";
import { type DecisionRow, type PresentedOffer, postPurchaseQueries } from "../db/decisions.ts";
import { type BusinessRow, businessRow } from "../db/operations.ts";
import { runWrite } from "../kernel/run-write.ts";
import { ExactText, Field, htmlPage, Notice, TOO_LONG } from "../pages/layout.tsx";
import { readForm } from "../pages/read-form.ts";
import type { Site } from "../site.ts";

/** `GET /commerce/post-purchase/{link}`: the offer that waits for the buyer's answer. Changes nothing. */
export async function showPostPurchase(token: string, request: Request, site: Site): Promise<Response> {
  const place = await findPlace(token, site);
  return place ? answerPage(place, request, site) : nothingHere(site);
}

/**
 * `POST /commerce/post-purchase/{link}`: the buyer's answer, through the same kernel as an agent's. Whoever holds the
 * link is the buyer; the form's token proves that it was this page, and its key makes a double click one answer.
 */
export async function submitPostPurchase(token: string, request: Request, site: Site): Promise<Response> {
  const write = site.writes.find(({ name }) => name === decisionContract.write);
  const place = await findPlace(token, site);
  if (!place || !write) return nothingHere(site);
  const form = await readForm(request);
  if (form === "too long") {
    return answerPage(place, request, site, { status: 413, fault: <Notice kind="bad">{TOO_LONG}</Notice> });
  }
  if (!form || !site.auth.forms.accepts(request, form.fields)) {
    const fault = <Notice kind="bad">That form is out of date. Please answer again.</Notice>;
    return answerPage(place, request, site, { status: 403, fault });
  }
  const { [FORM_TOKEN]: _, ...typed } = Object.fromEntries(form.fields);
  // The page has asked already: a form without the text is a slip, not a wish to be asked elsewhere.
  const args = { confirmationText: "", ...typed, checkoutIntentId: place.intent.id };
  try {
    await site.limits.visitor(request);
    const actor = buyerActor(place.intent.id, place.tokenSha256, site.ctx);
    await runWrite(write, { actor, args, proof: "approval_page" }, site.ctx);
  } catch (thrown) {
    return refusedPage(refusalOf(thrown, write.name, site.ctx.log), token, typed, request, site);
  }
  return new Response(null, {
    status: 303,
    headers: { Location: pathOf(token), "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" },
  });
}

/** Where an open answer is given. */
export const pathOf = (token: string) => `${ROUTES.postPurchase}/${encodeURIComponent(token)}`;

/** A checkout as its buyer comes to it. */
interface Place {
  readonly token: string;
  readonly tokenSha256: string;
  readonly intent: IntentRow;
  readonly business: BusinessRow;
  readonly decisions: readonly DecisionRow[];
  readonly presented: readonly PresentedOffer[];
  readonly presentation: Presentation;
}

async function findPlace(token: string, { ctx }: Site): Promise<Place | undefined> {
  const tokenSha256 = await sha256(token);
  const found = await ctx.db.read({ link: intentByLink(ctx, tokenSha256, "return"), business: businessRow(ctx) });
  const intent = found.link[0]?.intent;
  const [business] = found.business;
  if (!intent || !business) return undefined;
  const rows = await ctx.db.read(postPurchaseQueries(ctx, intent.id));
  const presentation = presentationOf(intent, rows, ctx.clock.now());
  return { token, tokenSha256, intent, business, presentation, decisions: rows.decisions, presented: rows.presented };
}

/** What a refusal adds to the page: its status, what is wrong, and what had been typed. */
interface Again {
  readonly status?: number;
  readonly fault?: Child;
  readonly textError?: string;
  readonly typed?: Readonly<Record<string, string>>;
}

async function answerPage(place: Place, request: Request, site: Site, again: Again = {}): Promise<Response> {
  const { presentation, business } = place;
  const { token: formToken, cookie } = site.auth.forms.issue(request);
  const { title, content } =
    presentation.kind === "waiting"
      ? openOffer(place, presentation.offer, formToken, again)
      : { title: CLOSED[presentation.because].title, content: <Closed place={place} /> };
  return htmlPage({
    title,
    business: business.name,
    publicUrl: site.ctx.publicUrl,
    status: again.status ?? 200,
    secretAddress: true,
    headers: cookie ? { "Set-Cookie": cookie } : {},
    content: (
      <>
        {again.fault}
        {content}
      </>
    ),
  });
}

function openOffer(place: Place, { offer, price }: PresentedOffer, formToken: string, again: Again) {
  const { intent, business, token } = place;
  const version = isoTime(intent.updatedAt);
  const { typed } = again;
  // The same form has the same key: a double click, or a second try after a slip, is one answer.
  const sameForm = typed?.presentedOfferId === offer.publicOfferId && typed.expectedUpdatedAt === version;
  const text = decisionContract.confirmation(business);
  const hidden = {
    [FORM_TOKEN]: formToken,
    idempotencyKey: (sameForm && typed.idempotencyKey) || `page-${crypto.randomUUID()}`,
    expectedUpdatedAt: version,
    presentedOfferId: offer.publicOfferId,
  };
  const content = (
    <>
      <div class="card">
        <p>
          <strong>{offer.name}</strong>, {moneyText(price.unitAmountCents, price.currency)}
        </p>
        <p>{offer.summary}</p>
      </div>
      <p>Whatever you answer, nothing is charged: your answer is only written down.</p>
      <form method="post" action={pathOf(token)}>
        {Object.entries(hidden).map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <fieldset>
          <legend>Your answer</legend>
          {answersTo(offer.role).map(({ decisionKind }) => (
            <label class="choice">
              <input
                type="radio"
                name="decisionKind"
                value={decisionKind}
                required
                checked={typed?.decisionKind === decisionKind}
              />
              <span>{decisionKind.startsWith("accept_") ? "Yes, talk to me about it" : "No, thank you"}</span>
            </label>
          ))}
        </fieldset>
        <ExactText to="To confirm" text={text} />
        <Field name="confirmationText" label="Confirmation" autocomplete="off" error={again.textError} />
        <div class="actions">
          <button type="submit" class="primary">
            Record my answer
          </button>
        </div>
      </form>
    </>
  );
  return { title: "One more offer", content };
}

const CLOSED = {
  other_kind: { title: "There is nothing to answer", words: "This order has no further offers." },
  not_paid: { title: "There is nothing to answer now", words: "Offers open once the payment is confirmed." },
  window_over: { title: "This offer has ended", words: "The time to answer it is over. Nothing was charged." },
  all_answered: { title: "Thank you", words: "We have your answer. Nothing was charged." },
} as const;

function Closed({ place: { presentation, decisions, presented, token } }: { place: Place }) {
  if (presentation.kind === "waiting") return null;
  const nameOf = (id: string) => presented.find(({ offer }) => offer.publicOfferId === id)?.offer.name ?? id;
  return (
    <>
      <p>{CLOSED[presentation.because].words}</p>
      {decisions.length > 0 && (
        <dl>
          {decisions.map(({ presentedOfferId, decisionKind, actorKind, operationId }) => (
            <>
              <dt>{nameOf(presentedOfferId)}</dt>
              <dd>
                {decisionKind.startsWith("accept_") ? "Yes" : "No"}
                {actorKind === "buyer_post_purchase_page" && (
                  <>
                    {" · "}
                    <a href={`${pathOf(token)}/receipts/${operationId}`} download>
                      {`Signed receipt of your answer to ${nameOf(presentedOfferId)}`}
                    </a>
                  </>
                )}
              </dd>
            </>
          ))}
        </dl>
      )}
      <p>
        <a href={`${ROUTES.checkoutSuccess}/${encodeURIComponent(token)}`}>Back to your order</a>
      </p>
    </>
  );
}

/** The page as it stands now, with what was wrong; after a slip of the pen the same form once more, under the same key. */
async function refusedPage(
  problem: Problem,
  token: string,
  typed: Readonly<Record<string, string>>,
  request: Request,
  site: Site,
): Promise<Response> {
  const place = await findPlace(token, site);
  if (!place) return nothingHere(site);
  const bad = (words: string) => <Notice kind="bad">{words}</Notice>;
  switch (problem.code) {
    case "confirmation_mismatch":
      return answerPage(place, request, site, { status: 422, textError: "This is not the exact text.", typed });
    case "stale_state":
    case "ineligible_state":
    case "idempotency_conflict":
    case "not_found": {
      const fault = bad("This could not be recorded: your order has changed, or the offer has its answer already.");
      return answerPage(place, request, site, { status: problem.status, fault });
    }
    case "invalid_input":
    case "idempotency_key_required":
      return answerPage(place, request, site, { status: problem.status, fault: bad("Please choose an answer.") });
    default:
      return answerPage(place, request, site, { status: problem.status, fault: bad(problem.details.detail), typed });
  }
}

async function nothingHere({ ctx }: Site): Promise<Response> {
  const [business] = (await ctx.db.read({ business: businessRow(ctx) })).business;
  return htmlPage({
    title: "There is nothing here",
    status: notFound().status,
    business: business?.name ?? "",
    publicUrl: ctx.publicUrl,
    secretAddress: true,
    content: <p>The link is not complete, or it was never one of ours.</p>,
  });
}
