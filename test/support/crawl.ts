import type { Browser } from "./oauth.ts";
import { ORIGIN } from "./world.ts";

/** A page that a link or a form leads to. */
export interface Crawled {
  readonly path: string;
  /** The page that leads to it. */
  readonly from: string;
  readonly status: number;
  readonly html: string;
}

/** Opens each page, and every page of ours that it links to or whose form leads to it, but for forms that ask for an id. */
export async function crawl(
  browser: Browser,
  starts: readonly string[],
  idForms: readonly string[],
): Promise<Crawled[]> {
  const seen = new Map<string, Crawled>();
  const waiting = starts.map((path) => ({ path, from: "the start" }));
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { path, from } = next;
    if (seen.has(path) || idForms.includes(path)) continue;
    const answer = await browser.get(path);
    const html = await answer.text();
    seen.set(path, { path, from, status: answer.status, html });
    const to = answer.headers.get("Location");
    for (const target of [...linksIn(html), ...(to ? [to] : [])]) {
      const url = new URL(target.replaceAll("&amp;", "&"), new URL(path, ORIGIN));
      if (url.origin === ORIGIN) waiting.push({ path: url.pathname + url.search, from: path });
    }
  }
  return [...seen.values()];
}

/** Addresses in links, and the actions of forms: those that post are opened too, since a path without a page is 405, not 404. */
function linksIn(html: string): string[] {
  return Array.from(html.matchAll(/<(?:a|form|link)\b[^>]*?\b(?:href|action)="([^"]+)"/g), ([, target = ""]) => target);
}
