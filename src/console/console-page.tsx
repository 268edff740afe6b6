import type { Child } from "hono/jsx";
import { isFresh, secondFactorPath, signInPath } from "../auth/fresh-sign-in.ts";
import type { Person } from "../auth/people.ts";
import { notFound, Problem } from "../base/problem.ts";
import { refusalOf } from "../base/refusal.ts";
import type { Query, Rows } from "../db/database.ts";
import { type BusinessRow, businessRow, requireBusiness } from "../db/operations.ts";
import { htmlPage, Notice, TOO_LONG } from "../pages/layout.tsx";
import { readForm, type SubmittedForm } from "../pages/read-form.ts";
import { seeOther } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { Nav } from "./nav.tsx";

/** A file of 16 KiB and the fields around it. */
const MAX_FORM_BYTES = 40 * 1024;

/** One visit of the owner to a page of the console. */
export interface Visit {
  readonly person: Person;
  readonly site: Site;
  readonly url: URL;
  /** From the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** For the forms on the page. */
  readonly formToken: string;
  /** Whether the sign-in is young enough to change something. */
  readonly fresh: boolean;
}

/** What a refused form is shown with: its status, what is wrong, and what had been typed. */
export interface Again {
  readonly status: number;
  readonly fault?: string;
  readonly textError?: string;
  readonly typed?: Readonly<Record<string, string>>;
}

/** A page of the console. Its form, where it has one, posts to its own path. */
export interface ConsolePage {
  readonly path: `/owner${string}`;
  /** Throws `not_found` where there is nothing under the address. */
  show(visit: Visit, again?: Again): Promise<Response>;
  /** Carries out the form and answers where to go on. Throws a Problem. */
  submit?(form: SubmittedForm, visit: Visit): Promise<string>;
}

/** `GET` of a page of the console: the owner's browser alone. Changes nothing. */
export async function showConsolePage(
  page: ConsolePage,
  params: Record<string, string>,
  request: Request,
  site: Site,
): Promise<Response> {
  const visit = await visitOf(request, params, site);
  return visit instanceof Response ? visit : shown(page, visit);
}

/**
 * `POST` of a page of the console: the owner, signed in just now, from a form of ours. A refusal is the page as it
 * stands now with what was wrong; after a slip of the pen the same form, under the same key.
 */
export async function submitConsolePage(
  page: ConsolePage,
  params: Record<string, string>,
  request: Request,
  site: Site,
): Promise<Response> {
  const visit = await visitOf(request, params, site);
  if (visit instanceof Response) return visit;
  const { publicUrl } = site.ctx;
  if (!visit.fresh) return seeOther(publicUrl, publicUrl + signInPath(visit.url.pathname, { again: true }));
  const form = await readForm(request, MAX_FORM_BYTES);
  if (form === "too long") return shown(page, visit, { status: 413, fault: TOO_LONG });
  if (!form || !page.submit || !site.auth.forms.accepts(request, form.fields, visit.person)) {
    return shown(page, visit, { status: 403, fault: "That form is out of date. Please look again and send it anew." });
  }
  try {
    await site.limits.actor(visit.person.userId);
    return seeOther(publicUrl, publicUrl + (await page.submit(form, visit)));
  } catch (thrown) {
    const problem = refusalOf(thrown, `console:${page.path}`, site.ctx.log);
    return shown(page, visit, againOf(problem, Object.fromEntries(form.fields)));
  }
}

async function shown(page: ConsolePage, visit: Visit, again?: Again): Promise<Response> {
  try {
    return await page.show(visit, again);
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === "not_found") return nothingHere(visit.site, visit);
    throw thrown;
  }
}

/** The owner's visit to an address of the console; for everybody else the answer that they get at each of them. */
export async function visitOf(request: Request, params: Record<string, string>, site: Site): Promise<Visit | Response> {
  const { ctx, auth } = site;
  const person = await auth.session(request);
  const url = new URL(request.url);
  const here = url.pathname + (request.method === "POST" ? "" : url.search);
  if (!person) return seeOther(ctx.publicUrl, ctx.publicUrl + signInPath(here));
  if (person.lacksFactor) return seeOther(ctx.publicUrl, ctx.publicUrl + secondFactorPath(here));
  // The same page for whoever is not the owner and for what is not there.
  if (!person.isOwner) return nothingHere(site);
  return {
    person,
    site,
    url,
    params,
    formToken: auth.forms.issue(request, person).token,
    fresh: isFresh(person, ctx.clock.now()),
  };
}

/** What is answered where there is nothing under an address, or nothing for this person. */
export async function nothingHere({ ctx }: Site, visit?: Visit): Promise<Response> {
  const { business } = await ctx.db.read({ business: businessRow(ctx) });
  return htmlPage({
    title: "There is nothing here",
    status: notFound().status,
    business: business[0]?.name ?? "",
    publicUrl: ctx.publicUrl,
    ...(visit && { wide: true, nav: <Nav visit={visit} /> }),
    content: <p>The address is not complete, or it was made for another person.</p>,
  });
}

/** What is asked for where nothing, or nothing that is offered, was chosen. */
const NOT_CHOSEN: Readonly<Record<string, string>> = {
  actionKind: "Choose one of the three.",
  reasonCode: "Choose one of the reasons.",
};

function againOf(problem: Problem, typed: Readonly<Record<string, string>>): Again {
  const { status, code, details } = problem;
  switch (code) {
    case "confirmation_mismatch":
      return { status, textError: "This is not the exact text.", typed };
    case "stale_state":
      return { status, fault: "This has changed since you looked. Nothing was done: look again and decide anew." };
    case "idempotency_conflict":
      return {
        status,
        fault: "This form was sent already with another choice. Look at how it stands, and decide anew.",
      };
    case "invalid_input":
      return { status, fault: NOT_CHOSEN[details.field ?? ""] ?? details.detail, typed };
    case "ineligible_state":
    case "not_found":
      return { status, fault: `Nothing was done. ${details.detail}` };
    default:
      return { status, fault: details.detail, typed };
  }
}

/** What a page shows, with the business it is about: one round trip. */
export async function readRows<Q extends Record<string, Query>>(
  { site: { ctx } }: Visit,
  queries: Q,
): Promise<{ rows: Rows<Q>; business: BusinessRow }> {
  const [rows, own] = await ctx.db.readTogether([queries, { business: businessRow(ctx) }]);
  return { rows, business: requireBusiness(own.business) };
}

/** A page of the console in its frame: the ways to the others, what was just done, and what was wrong. */
export function consolePage(
  visit: Visit,
  page: { title: string; business: BusinessRow; content: Child; again?: Again | undefined },
): Promise<Response> {
  const { publicUrl } = visit.site.ctx;
  const done = visit.url.searchParams.get("done");
  return htmlPage({
    title: page.title,
    business: page.business.name,
    publicUrl,
    status: page.again?.status ?? 200,
    wide: true,
    nav: <Nav visit={visit} />,
    content: (
      <>
        {done && !page.again && <Done done={done} />}
        {page.again?.fault && <Notice kind="bad">{page.again.fault}</Notice>}
        {page.again?.textError && <Notice kind="bad">Nothing was done: the text is not the exact one.</Notice>}
        {page.content}
      </>
    ),
  });
}

/** Fixed words: an address that somebody else made can say nothing of its own here. */
function Done({ done }: { done: string }) {
  if (!/^operation-[0-9a-f-]{36}$/.test(done)) return <Notice kind="good">Saved.</Notice>;
  return (
    <Notice kind="good">
      See <a href={`/owner/operations/${done}`}>what was recorded</a>.
    </Notice>
  );
}
