import { eq } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { businesses } from "../db/schema/catalog.ts";
import { htmlPage, type Page } from "../pages/layout.tsx";
import { readForm } from "../pages/read-form.ts";
import type { AuthContext } from "./context.ts";
import type { Person } from "./people.ts";

/** A page of ours under the name that the business has in D1. */
export async function businessPage(
  auth: Pick<AuthContext, "db" | "ownerUserId" | "publicUrl">,
  content: (business: string) => Omit<Page, "business" | "publicUrl">,
): Promise<Response> {
  const business = await findBusinessName(auth.db, auth.ownerUserId);
  return htmlPage({ business, publicUrl: auth.publicUrl, ...content(business) });
}

/** A page that says what is wrong and what to do, in place of a redirect that can't be trusted. */
export function problemPage(auth: AuthContext, status: number, title: string, detail: string): Promise<Response> {
  return businessPage(auth, () => ({ title, status, content: <p>{detail}</p> }));
}

/** The fields of a form of ours, shown to this session or browser; else the page that says what is wrong with it. */
export async function acceptedForm(
  auth: AuthContext,
  request: Request,
  { session, advice = "Go back, reload the page and try again." }: { session?: Person; advice?: string } = {},
): Promise<URLSearchParams | Response> {
  const form = await readForm(request);
  if (form === "too long") return problemPage(auth, 413, "That is too long", "Go back and send less text.");
  if (form && auth.forms.accepts(request, form.fields, session)) return form.fields;
  return problemPage(auth, 403, "That form is out of date", advice);
}

async function findBusinessName(db: Database, ownerUserId: string): Promise<string> {
  const { rows } = await db.read({
    rows: db.build.select({ name: businesses.name }).from(businesses).where(eq(businesses.ownerUserId, ownerUserId)),
  });
  return rows[0]?.name ?? "This shop";
}
