import { FORM_TOKEN } from "../auth/forms.ts";
import { SECOND_FACTOR_PATH, stepBefore } from "../auth/fresh-sign-in.ts";
import { sessionActor, signedOut } from "../auth/session-actor.ts";
import { Problem } from "../base/problem.ts";
import { refusalOf } from "../base/refusal.ts";
import { type Actor, assertScope } from "../kernel/actor.ts";
import type { Site } from "../site.ts";
import { problemResponse } from "./json.ts";
import { isOwnerRoute, pathOf } from "./write-paths.ts";

/** The header that carries the form token. A page of another site can't know the token. */
export const TOKEN_HEADER = "X-Form-Token";

/** Answers for the owner's session: signed in just now, with the second factor, and with a form token. Else refuses. */
export async function asOwner(
  name: string,
  request: Request,
  site: Site,
  answer: (actor: Actor) => Promise<Response>,
): Promise<Response> {
  try {
    const person = await site.auth.session(request);
    if (!person) throw signedOut({ isOwner: true });
    if (person.lacksFactor) throw withoutFactor();
    const actor = sessionActor(person, site.ctx);
    assertScope(actor, "owner:write");
    const form = new URLSearchParams({ [FORM_TOKEN]: request.headers.get(TOKEN_HEADER) ?? "" });
    // A forged request carries the cookie too; the token is known only to our page in this session.
    if (!site.auth.forms.accepts(request, form, person)) {
      throw new Forged(site.writes.filter(isOwnerRoute).map(pathOf).at(-1));
    }
    // As on the owner's pages: an open browser does not prove the owner.
    if (stepBefore(person, site.ctx.clock.now(), "/owner")) throw staleSignIn();
    await site.ctx.limits.actor(actor.id);
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

/** The only code with status 403 is named after scopes; the title says that the form token is the fault. */
class Forged extends Problem {
  /** `source`: a path that answers the token, where the business has one. */
  constructor(source: string | undefined) {
    super("insufficient_scope", {
      detail: `Send ${TOKEN_HEADER} from a page of this server.${source ? ` Its value is formToken in the answer to GET ${source} with the same session.` : ""}`,
    });
  }

  override get body() {
    return { ...super.body, title: "The form token is missing or wrong" };
  }
}
