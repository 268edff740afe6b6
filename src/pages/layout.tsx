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
  /** Cookies and whatever else goes with the answer. Security headers can't be replaced from here. */
  readonly headers?: HeadersInit;
  /** True where a form on the page ends at another site. */
  readonly formsMayLeave?: boolean;
  /** True where the address is a secret of the buyer's: it is sent as a referrer to nobody, not even to us. */
  readonly secretAddress?: boolean;
  /** For tables of the owner's. */
  readonly wide?: boolean;
  /** The way to the pages beside this one. */
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

/** A labelled field whose fault is tied to it for screen readers (WCAG 2.2, 3.3.1). */
export function Field(props: {
  name: string;
  label: string;
  type?: string;
  value?: string;
  autocomplete: string;
  hint?: string;
  error?: string | undefined;
  autofocus?: boolean;
}) {
  const { name, label, hint, error } = props;
  const described = [...(hint ? [`${name}-hint`] : []), ...(error ? [`${name}-error`] : [])].join(" ");
  return (
    <>
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type={props.type ?? "text"}
        value={props.value ?? ""}
        autocomplete={props.autocomplete}
        required
        autofocus={props.autofocus ?? false}
        {...(error ? { "aria-invalid": "true" } : {})}
        {...(described ? { "aria-describedby": described } : {})}
      />
      {hint && (
        <small id={`${name}-hint`} class="soft">
          {hint}
        </small>
      )}
      {error && (
        <p id={`${name}-error`} class="error">
          {error}
        </p>
      )}
    </>
  );
}

/** Above a form that was sent with more than it takes. */
export const TOO_LONG = "Nothing was done: that is too long for this form.";

/** The text that a person is to type, in a box of its own. */
export function ExactText({ to, text }: { to: string; text: string }) {
  return (
    <>
      <p>{`${to}, type exactly:`}</p>
      <p class="exact">
        <code>{text}</code>
      </p>
    </>
  );
}

/** A message above a form, read out at once when the page is an answer. */
export function Notice({ kind = "", children }: PropsWithChildren<{ kind?: "" | "bad" | "good" }>) {
  return (
    <div class={`notice ${kind}`} role={kind === "bad" ? "alert" : "status"}>
      <p>{children}</p>
    </div>
  );
}
