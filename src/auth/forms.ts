import { randomBytes } from "node:crypto";
import { readForm, type SubmittedForm } from "../pages/read-form.ts";
import { openCookie } from "./cookies.ts";
import type { Keys } from "./keys.ts";

/** The name of the hidden field that carries a form's token. */
export const FORM_TOKEN = "formToken";

/** Stops forged forms: each form of ours carries a token that another site can't know. */
export interface Forms {
  /** A token for forms on a page shown to this session, or to this browser before it has one. */
  issue(request: Request, session?: { sessionId: string }): { token: string; cookie?: string };
  /** Whether the form came from a page of ours, shown to this session (or browser), by a request of our own origin. */
  accepts(request: Request, form: URLSearchParams, session?: { sessionId: string }): boolean;
  /** Reads a form of at most `maximum` bytes, and refuses one that `accepts` is false for. */
  read(request: Request, session?: { sessionId: string }, maximum?: number): Promise<Submission>;
}

/** A form as it was submitted, or its refusal. */
type Submission = ({ readonly kind: "accepted" } & SubmittedForm) | RefusedForm;

/** Why a form is refused, in words for a page. */
export interface RefusedForm {
  readonly kind: "refused";
  readonly status: 403 | 413;
  readonly title: string;
  readonly advice: string;
}

/** For a form that needs a session, sent by a browser without one. */
export const SIGNED_OUT: RefusedForm = {
  kind: "refused",
  status: 403,
  title: "You are signed out",
  advice: "Nothing was done. Sign in again.",
};
const TOO_LONG: RefusedForm = {
  kind: "refused",
  status: 413,
  title: "That is too long",
  advice: "Nothing was done. Send less.",
};
/** For a form that our page did not show to this session or browser. */
export const OUT_OF_DATE: RefusedForm = {
  kind: "refused",
  status: 403,
  title: "That form is out of date",
  advice: "Nothing was done. Look at the page again, then send the form again.",
};

/** Tokens are keyed hashes of the session or browser that they were issued to, so none is stored. */
export function openForms(keys: Keys, publicUrl: string): Forms {
  const cookie = openCookie(publicUrl, "form");
  const bindingOf = (request: Request, session?: { sessionId: string }) => {
    if (session) return `session:${session.sessionId}`;
    const browser = cookie.read(request);
    return browser && `browser:${browser}`;
  };
  const accepts: Forms["accepts"] = (request, form, session) => {
    const binding = bindingOf(request, session);
    if (!binding || !isSameOrigin(request, publicUrl)) return false;
    return keys.verify("form", binding, form.get(FORM_TOKEN) ?? "");
  };
  return {
    issue(request, session) {
      const binding = bindingOf(request, session);
      if (binding) return { token: keys.mac("form", binding) };
      const browser = randomBytes(16).toString("base64url");
      return {
        token: keys.mac("form", `browser:${browser}`),
        cookie: cookie.set(browser, 86_400),
      };
    },
    accepts,
    async read(request, session, maximum) {
      const form = await readForm(request, maximum);
      if (form === "too long") return TOO_LONG;
      return form && accepts(request, form.fields, session) ? { kind: "accepted", ...form } : OUT_OF_DATE;
    },
  };
}

/**
 * Whether a browser sent this from a page of ours. A page under `no-referrer` posts `Origin: null`, so the fetch
 * metadata counts first: scripts can't set it. Without either header the answer is no.
 */
export function isSameOrigin(request: Request, publicUrl: string): boolean {
  const site = request.headers.get("Sec-Fetch-Site");
  if (site !== null) return site === "same-origin";
  return request.headers.get("Origin") === publicUrl;
}
