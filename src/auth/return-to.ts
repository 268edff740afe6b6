/**
 * The page to go back to after sign-in: an absolute URL on our own origin, or the fallback.
 * Only a path is taken. `//host`, `/\host`, a tab inside and `/.//host` all name somebody else's site to some
 * browser, and a sign-in page that forwards there lends its name to a phishing page.
 */
export function safeReturn(value: string | null | undefined, origin: string, fallback: string): string {
  const home = new URL(fallback, origin).href;
  if (!value?.startsWith("/") || !URL.canParse(value, origin)) return home;
  const target = new URL(value, origin);
  if (target.origin !== origin || target.pathname.startsWith("//")) return home;
  return target.href;
}

/** The path and query to hand to `safeReturn` later. */
export function pathOf(url: URL): string {
  return url.pathname + url.search;
}
