import type { Browser } from "./oauth.ts";

/** A page that a crawl has opened. */
export interface Visited {
  readonly path: string;
  readonly status: number;
  /** The page that links to it first. */
  readonly from: string;
  /** Empty for what is no page. */
  readonly html: string;
}

const SELF = "https://app.test";

/** Opens a page and every page of ours that links lead to from there. Forms are not sent. */
export async function crawl(browser: Browser, start: readonly string[], most = 400): Promise<readonly Visited[]> {
  const waiting = start.map((path) => ({ path, from: "the start" }));
  const known = new Set(start);
  const visited: Visited[] = [];
  while (waiting.length > 0 && visited.length < most) {
    const next = waiting.shift();
    if (!next) break;
    const answer = await browser.get(next.path);
    const isPage = answer.headers.get("Content-Type")?.startsWith("text/html") === true;
    const body = isPage ? await answer.text() : "";
    visited.push({ ...next, status: answer.status, html: body });
    const location = answer.headers.get("Location");
    for (const href of [...hrefsIn(body), ...(location === null ? [] : [location])]) {
      const url = new URL(href, new URL(next.path, SELF));
      const path = url.pathname + url.search;
      if (url.origin !== SELF || known.has(path)) continue;
      known.add(path);
      waiting.push({ path, from: next.path });
    }
  }
  return visited;
}

/** The paths that the forms of a page post to. */
export const actionsIn = (html: string) =>
  [...html.matchAll(/<form[^>]*method="post"[^>]*action="(\/[^"]*)"/g)].map(([, action = ""]) => action);

const hrefsIn = (html: string) =>
  [...html.matchAll(/<a[^>]*href="([^"]+)"/g)].map(([, href = ""]) => href.replaceAll("&amp;", "&"));
