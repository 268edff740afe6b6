import type { Browser } from "./oauth.ts";

/** A page that a crawl has opened. */
interface Visited {
  readonly path: string;
  readonly status: number;
  /** The page that links to it first. */
  readonly from: string;
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
    visited.push({ ...next, status: answer.status });
    const isPage = answer.headers.get("Content-Type")?.startsWith("text/html") === true;
    const body = isPage ? await answer.text() : "";
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

const hrefsIn = (html: string) =>
  [...html.matchAll(/<a[^>]*href="([^"]+)"/g)].map(([, href = ""]) => href.replaceAll("&amp;", "&"));
