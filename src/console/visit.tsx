import { isFresh, secondFactorPath, signInPath } from "../auth/fresh-sign-in.ts";
import { nothingHere } from "../auth/pages.tsx";
import type { Person } from "../auth/people.ts";
import { seeOther } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { Nav } from "./nav.tsx";

/** One visit of the owner to a page of the console. */
export interface Visit {
  readonly person: Person;
  readonly site: Site;
  readonly url: URL;
  /** From the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** For the forms on the page. */
  readonly formToken: string;
  /** True while the sign-in is recent enough to change something. */
  readonly fresh: boolean;
}

/** The owner's visit to a console page. Any other visitor gets a response: sign-in, second factor or 404. */
export async function visitOf(request: Request, params: Record<string, string>, site: Site): Promise<Visit | Response> {
  const { ctx, auth } = site;
  const person = await auth.session(request);
  const url = new URL(request.url);
  const here = url.pathname + (request.method === "POST" ? "" : url.search);
  if (!person) return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath(here));
  if (person.lacksFactor) return seeOther(ctx.publicUrl, ctx.publicUrl + secondFactorPath(here));
  if (!person.isOwner) return nothingInConsole(site);
  return {
    person,
    site,
    url,
    params,
    formToken: auth.forms.issue(request, person).token,
    fresh: isFresh(person, ctx.clock.now()),
  };
}

/** The console's 404. It has the navigation when the visitor is the owner. */
export function nothingInConsole({ ctx }: Site, visit?: Visit): Promise<Response> {
  const words = "The address is incomplete, or it is for another person.";
  return nothingHere(ctx, words, visit && { wide: true, nav: <Nav visit={visit} /> });
}
