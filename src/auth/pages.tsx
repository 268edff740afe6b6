import { businessRow } from "../db/operations.ts";
import { htmlPage, type Page } from "../pages/layout.tsx";
import type { AuthContext } from "./context.ts";
import { type TooManyAttempts, waitWords } from "./faults.ts";
import type { Person } from "./people.ts";
import type { FormContent, FormView } from "./plain-form.tsx";

type PageContext = Pick<AuthContext, "db" | "ownerUserId" | "publicUrl">;
type PageParts = Omit<Page, "business" | "publicUrl">;

/** What heads a page while the database has no business. */
export const UNNAMED_BUSINESS = "This shop";

/** A page of ours under the name that the business has in D1. */
export async function businessPage(auth: PageContext, content: (business: string) => PageParts): Promise<Response> {
  const [row] = (await auth.db.read({ business: businessRow(auth) })).business;
  const business = row ?? { name: UNNAMED_BUSINESS };
  return htmlPage({ business, publicUrl: auth.publicUrl, ...content(business.name) });
}

/**
 * A page with forms of ours, with a token for them: tied to the person's session, or to a cookie that the page sets in a
 * browser without one. The faults give the status, and `Retry-After` where a limit is used up.
 */
export function formPage(
  auth: AuthContext,
  request: Request,
  { person, ...shown }: FormContent & { readonly person?: Person },
  content: (view: FormView, business: string) => Omit<PageParts, "status">,
): Promise<Response> {
  const { token, cookie } = auth.forms.issue(request, person);
  const { status = 200, retryAfterSeconds } = shown.faults ?? {};
  return businessPage(auth, (business) => {
    const page = content({ ...shown, formToken: token }, business);
    const headers = new Headers(page.headers);
    if (cookie) headers.append("Set-Cookie", cookie);
    if (retryAfterSeconds) headers.set("Retry-After", String(retryAfterSeconds));
    return { ...page, status, headers };
  });
}

/** A page that tells what is wrong and what to do, where no form is shown again. */
export function problemPage(
  auth: AuthContext,
  status: number,
  title: string,
  detail: string,
  headers: HeadersInit = {},
): Promise<Response> {
  return businessPage(auth, () => ({ title, status, headers, content: <p>{detail}</p> }));
}

/** The 404 page, the same for an unknown address and for one of another person's, so that it reveals neither. */
export function notFoundPage(
  auth: PageContext,
  words: string,
  frame: Pick<Page, "secretAddress" | "wide" | "nav"> = {},
): Promise<Response> {
  const content = <p>{words}</p>;
  return businessPage(auth, () => ({ title: "There is nothing here", status: 404, content, ...frame }));
}

/** The 429 of a limit that is used up. */
export function tooManyPage(auth: AuthContext, refused: TooManyAttempts): Promise<Response> {
  const headers = { "Retry-After": String(refused.retryAfterSeconds) };
  return problemPage(auth, 429, "Too many attempts", waitWords(refused), headers);
}

/** The answer to a mailed or given link that can't be used. */
export function deadLinkPage(auth: AuthContext, advice = "", status: 403 | 404 = 404): Promise<Response> {
  const detail = `It was used already, it has expired, or it is incomplete. ${advice}`;
  return problemPage(auth, status, "This link no longer works", detail.trim());
}

/** The fields of a form that was shown to this session or browser; for any other form the page that refuses it. */
export async function acceptedForm(
  auth: AuthContext,
  request: Request,
  { session, advice = "Go back, reload the page and try again." }: { session?: Person; advice?: string } = {},
): Promise<URLSearchParams | Response> {
  const form = await auth.forms.read(request, session);
  if (form.kind === "accepted") return form.fields;
  return problemPage(auth, form.status, form.title, form.status === 413 ? form.advice : advice);
}
