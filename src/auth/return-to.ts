import { seeOther } from "../pages/see-other.ts";

type Site = { readonly publicUrl: string };

/**
 * The page to go back to after sign-in: an absolute URL on our own origin, or the fallback.
 * Only a path is taken. `//host`, `/\host`, a tab inside and `/.//host` all name another site to some browser, and a
 * sign-in page that forwards there lends its name to a phishing page.
 */
export function safeReturn(value: string | null | undefined, origin: string, fallback: string): string {
  const home = new URL(fallback, origin).href;
  if (!value?.startsWith("/") || !URL.canParse(value, origin)) return home;
  const target = new URL(value, origin);
  if (target.origin !== origin || target.pathname.startsWith("//")) return home;
  return target.href;
}

/** The path and query of a URL, for a later `safeReturn`. */
export function pathOf(url: URL): string {
  return url.pathname + url.search;
}

/** The `returnTo` of a page's address, unchecked; empty where there is none. */
export function returnToIn(request: Request): string {
  return new URL(request.url).searchParams.get("returnTo") ?? "";
}

/** The query that carries a path to return to; empty without one. */
export function returnQuery(returnTo: string | undefined): string {
  return returnTo ? `?${new URLSearchParams({ returnTo })}` : "";
}

/** A redirect to a path that our own code made. */
export function toPath({ publicUrl }: Site, path: string, headers?: HeadersInit): Response {
  return seeOther(publicUrl, publicUrl + path, headers);
}

/** The page that a signed-in person wanted: the path they came with, or their account. */
export function wantedPage({ publicUrl }: Site, returnTo: string): URL {
  return new URL(safeReturn(returnTo, publicUrl, "/account"));
}

/** A redirect to the page that a signed-in person wanted. */
export function toWantedPage(site: Site, returnTo: string, headers?: HeadersInit): Response {
  return seeOther(site.publicUrl, wantedPage(site, returnTo).href, headers);
}

/** Whether sign-in leads to the consent page, which may redirect to a client: the form's policy must then allow other sites. */
export function leadsToConsent(site: Site, returnTo: string): boolean {
  return wantedPage(site, returnTo).pathname === "/authorize";
}
