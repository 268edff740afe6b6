import { createHash } from "node:crypto";
import { raw } from "hono/html";
import type { Child, PropsWithChildren } from "hono/jsx";
import { pageHeaders } from "./security-headers.ts";
import STYLE from "./styles.css?raw" with { type: "text" };

const STYLE_HASH = `sha256-${createHash("sha256").update(STYLE).digest("base64")}`;

/** A page as a handler describes it. */
export interface Page {
  readonly title: string;
  /** The name of the business as it is stored; it heads every page. */
  readonly business: string;
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
}

/** Renders a page. All text in `content` is escaped by JSX; the style sheet is the only raw markup. */
export async function htmlPage(page: Page): Promise<Response> {
  const markup = await (
    <Document title={page.title} business={page.business} wide={page.wide ?? false} nav={page.nav}>
      {page.content}
    </Document>
  ).toString();
  const headers = new Headers(page.headers);
  const policy = { styleHash: STYLE_HASH, formsMayLeave: page.formsMayLeave ?? false };
  for (const [name, value] of Object.entries(pageHeaders(page.publicUrl, policy))) headers.set(name, value);
  if (page.secretAddress) headers.set("Referrer-Policy", "no-referrer");
  return new Response(`<!doctype html>${markup}`, { status: page.status ?? 200, headers });
}

function Document({
  title,
  business,
  wide,
  nav,
  children,
}: PropsWithChildren<{ title: string; business: string; wide: boolean; nav: Child | undefined }>) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · ${business}`}</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body class={wide ? "wide" : ""}>
        {nav && (
          <a class="skip" href="#content">
            Skip to the page
          </a>
        )}
        <header>
          <strong>{business}</strong>
          {nav}
        </header>
        <main id="content">
          <h1>{title}</h1>
          {children}
        </main>
      </body>
    </html>
  );
}
