import type { Child } from "hono/jsx";
import { OUT_OF_DATE } from "../auth/forms.ts";
import { signInPath } from "../auth/fresh-sign-in.ts";
import { endedOnTheWay, toSignIn } from "../auth/sign-in-first.ts";
import { Problem } from "../base/problem.ts";
import { refusalOf } from "../base/refusal.ts";
import type { Query, Rows } from "../db/database.ts";
import { type BusinessRow, businessRow, requireBusiness } from "../db/operations.ts";
import { Notice } from "../pages/form-parts.tsx";
import { htmlPage } from "../pages/layout.tsx";
import type { SubmittedForm } from "../pages/read-form.ts";
import { seeOther } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { Nav } from "./nav.tsx";
import { operationPath } from "./paths.ts";
import { type FormRefusal, refusalOfCommand, refusalOfForm } from "./refused-form.ts";
import { nothingInConsole, type Visit, visitOf } from "./visit.tsx";

/** The largest form: a file of 16 KiB and the fields around it. */
const MAX_FORM_BYTES = 40 * 1024;

/** A page of the console. Its form, where it has one, posts to its own path. */
export interface ConsolePage {
  readonly path: `/owner${string}`;
  /** Throws `not_found` when the ids in the address have no row. */
  show(visit: Visit, refusal?: FormRefusal): Promise<Response>;
  /** Carries out the form and answers the path to go on to. Throws a Problem. */
  submit?(form: SubmittedForm, visit: Visit): Promise<string>;
}

/** `GET` of a console page, for the owner's browser only. Changes nothing. */
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
 * `POST` of a console page: takes a form of ours from the owner, who signed in within 15 minutes. A refusal answers with
 * the current page and the fault on it; after a typing error the form keeps its idempotency key.
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
  const form = await site.auth.forms.read(request, visit.person, MAX_FORM_BYTES);
  if (form.kind === "refused") return shown(page, visit, refusalOfForm(form));
  if (!page.submit) return shown(page, visit, refusalOfForm(OUT_OF_DATE));
  try {
    await site.ctx.limits.actor(visit.person.userId);
    return seeOther(publicUrl, publicUrl + (await page.submit(form, visit)));
  } catch (thrown) {
    if (endedOnTheWay(thrown)) return toSignIn(site.ctx, visit.url.pathname);
    const problem = refusalOf(thrown, `console:${page.path}`, site.ctx.log);
    // The owner asks more of themselves than this form: they go on to the page that takes it.
    if (problem.details.approvalUrl) return seeOther(publicUrl, problem.details.approvalUrl);
    return shown(page, visit, refusalOfCommand(problem, Object.fromEntries(form.fields)));
  }
}

async function shown(page: ConsolePage, visit: Visit, refusal?: FormRefusal): Promise<Response> {
  try {
    return await page.show(visit, refusal);
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === "not_found") return nothingInConsole(visit.site, visit);
    throw thrown;
  }
}

/** The rows that a page shows, and the business: one round trip. */
export async function readRows<Q extends Record<string, Query>>(
  { site: { ctx } }: Visit,
  queries: Q,
): Promise<{ rows: Rows<Q>; business: BusinessRow }> {
  const [rows, own] = await ctx.db.readTogether([queries, { business: businessRow(ctx) }]);
  return { rows, business: requireBusiness(own.business) };
}

/** A console page in its frame: navigation, the result of the last form, and the fault of a refused one. */
export function consolePage(
  visit: Visit,
  page: { title: string; business: BusinessRow; content: Child; refusal?: FormRefusal | undefined },
): Promise<Response> {
  const { publicUrl } = visit.site.ctx;
  const done = visit.url.searchParams.get("done");
  return htmlPage({
    title: page.title,
    business: page.business,
    publicUrl,
    status: page.refusal?.status ?? 200,
    wide: true,
    nav: <Nav visit={visit} />,
    content: (
      <>
        {done && !page.refusal && <Done done={done} />}
        {page.refusal?.fault && <Notice kind="bad">{page.refusal.fault}</Notice>}
        {page.refusal?.wrongText && <Notice kind="bad">Nothing was done: the text is not the exact one.</Notice>}
        {page.content}
      </>
    ),
  });
}

/** Fixed texts, since an attacker can choose the address; an operation id is checked before it becomes a link. */
function Done({ done }: { done: string }) {
  if (!/^operation-[0-9a-f-]{36}$/.test(done)) return <Notice kind="good">Saved.</Notice>;
  return (
    <Notice kind="good">
      See <a href={operationPath(done)}>what was recorded</a>.
    </Notice>
  );
}
