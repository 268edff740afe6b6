import { FORM_TOKEN } from "../auth/forms.ts";
import { SECOND_FACTOR_PATH, stepBefore } from "../auth/fresh-sign-in.ts";
import { sessionActor, signedOut } from "../auth/session-actor.ts";
import { Problem } from "../base/problem.ts";
import { assertRedacted } from "../base/redaction.ts";
import { refusalOf } from "../base/refusal.ts";
import { revocationIntentFields } from "../commerce/access/revocation-intent.ts";
import { withdrawRevocationIntent } from "../commerce/access/withdraw-revocation-intent.ts";
import { ROUTES } from "../commerce/routes.ts";
import { type Actor, assertScope } from "../kernel/actor.ts";
import type { ConfirmedWrite } from "../kernel/confirmed-write.ts";
import type { Site } from "../site.ts";
import { jsonResponse, problemResponse } from "./json.ts";
import { answerWrite, contractOf } from "./write-routes.ts";

/** Routes under it belong to the owner's browser: a session, and no bearer token. */
export const OWNER_PREFIX = "/api/admin/";

/** Carries the token that a page of another site can't know. */
const TOKEN_HEADER = "X-Form-Token";

/** The HTTP twin of an owner's write. */
export function serveOwnerWrite(write: ConfirmedWrite, request: Request, site: Site): Promise<Response> {
  return asOwner(write.name, request, site, (actor) => answerWrite(write, request, actor, site));
}

/** Closes a recorded intent: a command of the owner's own, which no tool has. 201 first, 200 when it was withdrawn before. */
export function serveWithdrawal(id: string, request: Request, site: Site): Promise<Response> {
  return asOwner("withdraw_revocation_intent", request, site, async (actor) => {
    const { intent, replayed } = await withdrawRevocationIntent(id, actor, site.ctx);
    return jsonResponse(assertRedacted(revocationIntentFields(intent)), {
      status: replayed ? 200 : 201,
      headers: replayed ? { "Idempotent-Replayed": "true" } : {},
    });
  });
}

/** The published contract; to the owner's browser also the token that its next request needs. */
export async function serveOwnerContract(write: ConfirmedWrite, request: Request, site: Site): Promise<Response> {
  const person = await site.auth.ownerSession(request);
  const contract = contractOf(write);
  const headers = { "Idempotency-Key": "required", [TOKEN_HEADER]: "required" };
  return jsonResponse({
    ...contract,
    headers,
    auth: "Better Auth owner session required",
    ...(person && { formToken: site.auth.forms.issue(request, person).token }),
  });
}

/** Lets an answer be made in the owner's name, or refuses as every route of theirs does. */
export async function asOwner(
  name: string,
  request: Request,
  site: Site,
  answer: (actor: Actor) => Promise<Response>,
): Promise<Response> {
  try {
    const person = await site.auth.session(request);
    if (!person) throw signedOut();
    if (person.lacksFactor) throw withoutFactor();
    const actor = sessionActor(person, site.ctx);
    assertScope(actor, "owner:write");
    const form = new URLSearchParams({ [FORM_TOKEN]: request.headers.get(TOKEN_HEADER) ?? "" });
    // A cookie comes along with a forged request too: only a page of ours, shown to this session, knows the token.
    if (!site.auth.forms.accepts(request, form, person)) throw new Forged();
    // As on the owner's pages: an open browser is not the owner.
    if (stepBefore(person, site.ctx.clock.now(), "/owner")) throw staleSignIn();
    await site.limits.actor(actor.id);
    return await answer(actor);
  } catch (thrown) {
    return problemResponse(refusalOf(thrown, name, site.ctx.log));
  }
}

function staleSignIn(): Problem {
  return new Problem("unauthenticated", {
    detail: "This sign-in is more than 15 minutes old. Sign in again at /sign-in?again=1, then repeat the call.",
  });
}

function withoutFactor(): Problem {
  return new Problem("unauthenticated", {
    detail: `Acting as the owner takes a sign-in with a second factor. Set one up at ${SECOND_FACTOR_PATH}, then repeat the call.`,
  });
}

/** 403 has one code; what is missing here is no scope, so the title is its own. */
class Forged extends Problem {
  constructor() {
    super("insufficient_scope", {
      detail: `Send ${TOKEN_HEADER} from a page of this server. Its value is formToken in the answer to GET ${ROUTES.revocationIntents} with the same session.`,
    });
  }

  override get body() {
    return { ...super.body, title: "The form token is missing or wrong" };
  }
}
