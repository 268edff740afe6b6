import type { Child } from "hono/jsx";
import { FORM_TOKEN } from "../auth/forms.ts";
import type { Problem } from "../base/problem.ts";
import { refusalOf } from "../base/refusal.ts";
import { buyerActor } from "../commerce/checkout/buyer-actor.ts";
import { decisionContract } from "../commerce/checkout/decision-contract.ts";
import { presentationOf } from "../commerce/checkout/post-purchase.ts";
import { postPurchaseQueries } from "../db/decisions.ts";
import { runWrite } from "../kernel/run-write.ts";
import { CONFIRMATION, typedText } from "../pages/confirmation.tsx";
import { Notice } from "../pages/form-parts.tsx";
import { seeOtherWithoutReferrer } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { findLinked, linkPage, unknownLink } from "./buyer-link.tsx";
import { closedOffer, type OfferView, openOffer, postPurchasePath, type Typed } from "./post-purchase-offer.tsx";

/** `GET /commerce/post-purchase/{link}`: the offer that waits for the buyer's answer. Changes nothing. */
export async function showPostPurchase(token: string, request: Request, site: Site): Promise<Response> {
  const view = await findView(token, site);
  return view ? answerPage(view, request, site) : unknownLink(site);
}

/**
 * `POST /commerce/post-purchase/{link}`: the buyer's answer, through the same kernel as an agent's. The link proves the
 * buyer; the form's token proves that our page sent it, and its key makes a double click one answer.
 */
export async function submitPostPurchase(token: string, request: Request, site: Site): Promise<Response> {
  const write = site.writes.find(({ name }) => name === decisionContract.write);
  const view = await findView(token, site);
  if (!view || !write) return unknownLink(site);
  const form = await site.auth.forms.read(request);
  if (form.kind === "refused") {
    return answerPage(view, request, site, { status: form.status, fault: bad(`${form.title}. ${form.advice}`) });
  }
  const { [FORM_TOKEN]: _token, [CONFIRMATION]: _text, ...typed } = Object.fromEntries(form.fields);
  const args = { ...typed, checkoutIntentId: view.intent.id };
  try {
    await site.ctx.limits.visitor(request);
    const actor = buyerActor(view.intent.id, view.tokenSha256, site.ctx);
    await runWrite(write, { actor, args, typed: { text: typedText(form.fields), proof: "approval_page" } }, site.ctx);
  } catch (thrown) {
    return refusedPage(refusalOf(thrown, write.name, site.ctx.log), token, typed, request, site);
  }
  return seeOtherWithoutReferrer(site.ctx.publicUrl, postPurchasePath(token));
}

async function findView(token: string, site: Site): Promise<OfferView | undefined> {
  const { ctx } = site;
  const found = await findLinked(token, "return", site);
  if (!found) return undefined;
  const rows = await ctx.db.read(postPurchaseQueries(ctx, found.intent.id));
  const presentation = presentationOf(found.intent, rows, ctx.clock.now());
  return { ...found, presentation, decisions: rows.decisions, presented: rows.presented };
}

/** The parts that a refusal adds to the page: its status, the fault, and the fields as they were sent. */
interface FormRefusal {
  readonly status?: number;
  readonly fault?: Child;
  readonly typed?: Typed;
}

function answerPage(view: OfferView, request: Request, site: Site, refusal: FormRefusal = {}): Promise<Response> {
  const { presentation } = view;
  const { token: formToken, cookie } = site.auth.forms.issue(request);
  const { title, content } =
    presentation.kind === "waiting"
      ? openOffer(view, presentation.offer, formToken, refusal)
      : closedOffer(view, presentation.because);
  return linkPage(view, site, {
    title,
    status: refusal.status ?? 200,
    headers: cookie ? { "Set-Cookie": cookie } : {},
    content: (
      <>
        {refusal.fault}
        {content}
      </>
    ),
  });
}

/** The current page with the fault on it. Where the answer may still be recorded, the form keeps its idempotency key. */
async function refusedPage(
  problem: Problem,
  token: string,
  typed: Typed,
  request: Request,
  site: Site,
): Promise<Response> {
  const view = await findView(token, site);
  if (!view) return unknownLink(site);
  const { status } = problem;
  switch (problem.code) {
    // The sentence stands in the form: another one is of another time.
    case "confirmation_mismatch":
    case "stale_state":
    case "ineligible_state":
    case "idempotency_conflict":
    case "not_found": {
      const fault = bad("This could not be recorded: your order has changed, or the offer has its answer already.");
      return answerPage(view, request, site, { status, fault });
    }
    case "invalid_input":
    case "idempotency_key_required":
      return answerPage(view, request, site, { status, fault: bad("Please choose an answer.") });
    default:
      return answerPage(view, request, site, { status, fault: bad(problem.details.detail), typed });
  }
}

const bad = (words: string) => <Notice kind="bad">{words}</Notice>;
