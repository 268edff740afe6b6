import { base64url, decodeBase64url } from "../base/base64url.ts";
import type { AuthContext } from "./context.ts";
import { openCookie } from "./cookies.ts";
import { pathOf, wantedPage } from "./return-to.ts";

type Site = Pick<AuthContext, "publicUrl">;

const KEPT_SECONDS = 3600;
/** Browsers take 4096 characters for a cookie with its name and attributes. */
const MAX_CHARACTERS = 3500;

const cookieOf = ({ publicUrl }: Site) => openCookie(publicUrl, "return");

/**
 * The cookie in which a path waits until its person comes back by a mailed link in the same browser: a mail carries no
 * path that a stranger chose. It ends an earlier path's waiting where none is given, or one that is too long.
 */
export function keepPath(site: Site, returnTo: string): string {
  const value = returnTo && base64url(new TextEncoder().encode(pathOf(wantedPage(site, returnTo))));
  return value && value.length <= MAX_CHARACTERS ? cookieOf(site).set(value, KEPT_SECONDS) : forgetPath(site);
}

/** The path that waits in this browser, checked again; empty where there is none. */
export function keptPath(site: Site, request: Request): string {
  const bytes = decodeBase64url(cookieOf(site).read(request) ?? "");
  if (!bytes?.length) return "";
  return pathOf(wantedPage(site, new TextDecoder().decode(bytes)));
}

/** The cookie that ends the waiting. */
export function forgetPath(site: Site): string {
  return cookieOf(site).set("", 0);
}
