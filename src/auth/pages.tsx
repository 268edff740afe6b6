import { businessRow } from "../db/operations.ts";
import { htmlPage, type Page } from "../pages/layout.tsx";
import type { AuthContext } from "./context.ts";
import type { Person } from "./people.ts";

type PageContext = Pick<AuthContext, "db" | "ownerUserId" | "publicUrl">;

/** A page of ours under the name that the business has in D1. */
export async function businessPage(
  ctx: PageContext,
  content: (business: string) => Omit<Page, "business" | "publicUrl">,
): Promise<Response> {
  const [row] = (await ctx.db.read({ business: businessRow(ctx) })).business;
  const business = row?.name ?? "This shop";
  return htmlPage({ business, publicUrl: ctx.publicUrl, ...content(business) });
}

/** A page that says what is wrong and what to do, in place of a redirect that can't be trusted. */
export function problemPage(auth: PageContext, status: number, title: string, detail: string): Promise<Response> {
  return businessPage(auth, () => ({ title, status, content: <p>{detail}</p> }));
}

/** The answer for an address of nothing, and for one of another person's: the same, so that it tells neither. */
export function nothingHere(
  ctx: PageContext,
  words: string,
  frame: Pick<Page, "secretAddress" | "wide" | "nav"> = {},
): Promise<Response> {
  return businessPage(ctx, () => ({
    title: "There is nothing here",
    status: 404,
    content: <p>{words}</p>,
    ...frame,
  }));
}

/** The fields of a form of ours, shown to this session or browser; else the page that says what is wrong with it. */
export async function acceptedForm(
  auth: AuthContext,
  request: Request,
  { session, advice = "Go back, reload the page and try again." }: { session?: Person; advice?: string } = {},
): Promise<URLSearchParams | Response> {
  const form = await auth.forms.read(request, session);
  if (form.kind === "accepted") return form.fields;
  return problemPage(auth, form.status, form.title, form.status === 413 ? form.advice : advice);
}
