import { randomBytes } from "node:crypto";
import type { AuthContext } from "./context.ts";
import { openCookie } from "./cookies.ts";

/** Browsers keep a cookie for 400 days at most (RFC 6265bis section 5.5). */
const KEPT_SECONDS = 400 * 24 * 3600;
/** More than the accounts that one person has here. */
const ACCOUNTS = 5;

const cookieOf = ({ publicUrl }: Pick<AuthContext, "publicUrl">) => openCookie(publicUrl, "known");
const textOf = (browser: string, email: string) => `${browser} ${email}`;

/**
 * The id of a browser in which the account with this address was signed in before; undefined for any other. Strangers do
 * not share its budgets, so what they use up keeps its person from nothing. The cookie opens nothing by itself.
 */
export function knownBrowser(auth: AuthContext, request: Request, email: string): string | undefined {
  const { browser, marks } = readMarks(auth, request);
  return marks.some((mark) => isMarkOf(auth, browser, email, mark)) ? browser : undefined;
}

/** The cookie by which this browser is known from now on as one of the account's. */
export function rememberBrowser(auth: AuthContext, request: Request, email: string): string {
  const { browser, marks } = readMarks(auth, request);
  const others = marks.filter((mark) => !isMarkOf(auth, browser, email, mark)).slice(0, ACCOUNTS - 1);
  const mark = auth.keys.mac("known-browser", textOf(browser, email));
  return cookieOf(auth).set([browser, mark, ...others].join("."), KEPT_SECONDS);
}

/** The browser's id, a new one where it has none, and a mark for each account that was signed in there. */
function readMarks(auth: AuthContext, request: Request): { browser: string; marks: readonly string[] } {
  const [browser = "", ...marks] = cookieOf(auth).read(request)?.split(".") ?? [];
  if (/^[\w-]{22}$/.test(browser)) return { browser, marks: marks.slice(0, ACCOUNTS) };
  return { browser: randomBytes(16).toString("base64url"), marks: [] };
}

function isMarkOf(auth: AuthContext, browser: string, email: string, mark: string): boolean {
  return auth.keys.verify("known-browser", textOf(browser, email), mark);
}
