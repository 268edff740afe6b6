import { createHash } from "node:crypto";
import { raw } from "hono/html";
import type { Child, PropsWithChildren } from "hono/jsx";
import type { Locale } from "../base/shown.ts";
import { LocaleOf, OwnWords, PAGE_LANGUAGE } from "./locale.tsx";
import PASSKEY_SCRIPT from "./passkey-script.js?raw" with { type: "text" };
import { pageHeaders } from "./security-headers.ts";
import STYLE from "./styles.css?raw" with { type: "text" };

const hashOf = (text: string) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
const STYLE_HASH = hashOf(STYLE);
const PASSKEY_SCRIPT_HASH = hashOf(PASSKEY_SCRIPT);

/** A page as a handler describes it. */
export interface Page {
  readonly title: string;
  /** The business as it is stored: its name heads every page, and its locale writes amounts and times. */
  readonly business: { readonly name: string } & Partial<Locale>;
  /** The origin that this deployment answers on. */
  readonly publicUrl: string;
  readonly content: Child;
  readonly status?: number;
  /** Cookies and other headers. They can't replace a security header. */
  readonly headers?: HeadersInit;
  /** True when a form on the page may redirect to another site. */
  readonly formsMayLeave?: boolean;
  /** True when the address is a buyer's secret: no request gets it as a referrer, our own included. */
  readonly secretAddress?: boolean;
  /** True where a page has wide tables, as the owner's console. */
  readonly wide?: boolean;
  /** The navigation, above the title. */
  readonly nav?: Child;
  /** True where a form of the page is answered with a passkey: the page then runs the one script of ours. */
  readonly passkeys?: boolean;
  /** True for a page that search engines may list: what is on sale. */
  readonly indexed?: boolean;
}

/** The business of a page that reads no row: the name of the host stands for its own. */
export const namedByHost = (publicUrl: string): Page["business"] => ({ name: new URL(publicUrl).host });

/** Renders a page. All text in `content` is escaped by JSX; the style sheet is the only raw markup. */
export async function htmlPage(page: Page): Promise<Response> {
  const markup = await (
    <Document
      title={page.title}
      business={page.business}
      wide={page.wide ?? false}
      nav={page.nav}
      indexed={page.indexed ?? false}
      passkeys={page.passkeys ?? false}
    >
      {page.content}
    </Document>
  ).toString();
  const headers = new Headers(page.headers);
  const policy = {
    styleHash: STYLE_HASH,
    scriptHash: page.passkeys ? PASSKEY_SCRIPT_HASH : undefined,
    formsMayLeave: page.formsMayLeave ?? false,
  };
  for (const [name, value] of Object.entries(pageHeaders(page.publicUrl, policy))) headers.set(name, value);
  if (page.secretAddress) headers.set("Referrer-Policy", "no-referrer");
  return new Response(`<!doctype html>${markup}`, { status: page.status ?? 200, headers });
}

function Document({
  title,
  business,
  wide,
  nav,
  indexed,
  passkeys,
  children,
}: PropsWithChildren<{
  title: string;
  business: Page["business"];
  wide: boolean;
  nav: Child | undefined;
  indexed: boolean;
  passkeys: boolean;
}>) {
  return (
    <html lang={PAGE_LANGUAGE}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        {!indexed && <meta name="robots" content="noindex" />}
        <title>{`${title} · ${business.name}`}</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body class={wide ? "wide" : ""}>
        <LocaleOf business={business}>
          {nav && (
            <a class="skip" href="#content">
              Skip to the page
            </a>
          )}
          <header>
            <strong>
              <a href="/" class="home">
                <OwnWords>{business.name}</OwnWords>
              </a>
            </strong>
            <a href="/account">Your account</a>
            {nav}
          </header>
          <main id="content">
            <h1>{title}</h1>
            {children}
          </main>
        </LocaleOf>
        {passkeys && <script>{raw(PASSKEY_SCRIPT)}</script>}
      </body>
    </html>
  );
}
