import { createHash } from "node:crypto";
import { raw } from "hono/html";
import type { Child, PropsWithChildren } from "hono/jsx";
import { pageHeaders } from "./security-headers.ts";

/** The one style sheet: system font, one column, light and dark from the same variables. No request leaves the page. */
const STYLE = `
:root{color-scheme:light dark;--ink:light-dark(#1b1f24,#e9ecf0);--soft:light-dark(#5a6370,#a3adb9);--paper:light-dark(#fff,#15181c);--raised:light-dark(#f5f6f8,#1f2328);--line:light-dark(#d3d8de,#3a4149);--accent:light-dark(#1d4fd7,#8fb4ff);--on-accent:light-dark(#fff,#0d1320);--bad:light-dark(#b3261e,#ff9b93);--warn:light-dark(#7a4d00,#ffcb70);--good:light-dark(#1b6b3a,#7fd6a0);font:1.0625rem/1.55 system-ui,sans-serif}
*{box-sizing:border-box}
body{margin:0;color:var(--ink);background:var(--paper);overflow-wrap:break-word}
header,main,footer{max-width:34rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.5rem;display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;justify-content:space-between;color:var(--soft)}
header strong{color:var(--ink)}
main{padding-top:1.5rem;padding-bottom:4rem}
.wide main,.wide header{max-width:64rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 1rem;text-wrap:balance}
h2{font-size:1.15rem;margin:2.25rem 0 .5rem}
p,ul,dl{margin:0 0 1rem}
a{color:var(--accent);text-underline-offset:.15em}
small,.soft{color:var(--soft);font-size:.9375rem}
code{font:.9375em ui-monospace,monospace;overflow-wrap:anywhere}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.25rem}
label{display:block;font-weight:600;margin:1.1rem 0 .35rem}
input:not([type=checkbox]),textarea,select{width:100%;font:inherit;color:inherit;background:var(--paper);border:1px solid var(--soft);border-radius:.5rem;padding:.65rem .8rem}
[aria-invalid=true]{border-color:var(--bad)!important;border-width:2px!important}
.error{color:var(--bad);margin:.35rem 0 0}
button,.button{display:inline-block;font:inherit;font-weight:600;color:inherit;background:var(--raised);border:1px solid var(--soft);border-radius:.5rem;padding:.65rem 1.2rem;min-height:2.75rem;cursor:pointer;text-decoration:none}
.primary{color:var(--on-accent);background:var(--accent);border-color:var(--accent)}
.plain{background:none;border:0;padding:0;min-height:0;font-weight:400;color:var(--accent);text-decoration:underline;text-underline-offset:.15em}
.actions{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;margin:1.5rem 0}
.inline{display:inline}
.card{background:var(--raised);border:1px solid var(--line);border-radius:.75rem;padding:1rem 1.15rem;margin:0 0 1rem}
.exact{background:var(--raised);border:2px solid var(--accent);border-radius:.5rem;padding:.65rem .8rem;font-weight:600}.exact code{font-size:1em}
.card>:first-child{margin-top:0}.card>:last-child{margin-bottom:0}
form+form,form+p{margin-top:1.25rem}
caption{text-align:left}
.amount{text-align:right;white-space:nowrap}
.notice{border-left:.3rem solid var(--warn);padding:.1rem 0 .1rem 1rem;margin:0 0 1rem}
.notice>p{margin:.4rem 0}
.notice.bad{border-color:var(--bad)}.notice.good{border-color:var(--good)}
.choice{display:grid;grid-template-columns:auto 1fr;gap:0 .8rem;margin:0;padding:.8rem 0;border-top:1px solid var(--line);font-weight:400}
.choice:first-of-type{border-top:0}
.choice input{width:1.25rem;height:1.25rem;margin:.15rem 0 0;accent-color:var(--accent)}
.choice span{display:block}.choice span>strong{display:block}
fieldset{border:0;margin:0 0 1rem;padding:0}legend{font-weight:600;padding:0}
blockquote{margin:.25rem 0 0;padding-left:.9rem;border-left:.3rem solid var(--line);white-space:pre-wrap;overflow-wrap:anywhere}
dt{color:var(--soft);font-size:.9375rem}dd{margin:0 0 .75rem}
table{border-collapse:collapse;width:100%;margin:0 0 1.5rem}
th,td{text-align:left;vertical-align:top;padding:.5rem .75rem .5rem 0;border-bottom:1px solid var(--line)}
.scroll{overflow-x:auto}
.list{list-style:none;padding:0}
nav{flex-basis:100%}
nav ul{display:flex;flex-wrap:wrap;gap:0 1.1rem;list-style:none;padding:0;margin:0}
nav a,nav .plain{display:inline-block;padding:.45rem 0}
nav [aria-current]{color:var(--ink);font-weight:600;text-decoration-thickness:.15em}
.skip:not(:focus){position:absolute;left:-99rem}
.wide form,.wide p{max-width:40rem}
.wide small{display:block;margin:.35rem 0 1rem}.wide textarea{margin-bottom:1rem}
.plans{display:grid;gap:1.25rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr));margin-top:1.5rem}
.plan{display:flex;flex-direction:column;margin:0}.plan ul{padding-left:1.2rem;flex-grow:1}.plan h2{margin-top:0}
.plan .price strong{font-size:1.5rem}.plan button,.plan .button{width:100%;text-align:center}.plan form+form{margin-top:1rem}
.rows th{font-weight:600}.rows tbody th{font-weight:400}
.facts{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.2rem 1.25rem}.facts dd{margin:0;min-width:0}
.counts{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.75rem;list-style:none;padding:0}
.counts .card{margin:0}.counts strong{display:block;font-size:1.6rem;line-height:1.2}
@media(max-width:44rem){.rows thead{position:absolute;left:-99rem}.rows tr{display:block;border-bottom:1px solid var(--line);padding:.6rem 0}.rows td,.rows tbody th{display:grid;grid-template-columns:7rem 1fr;gap:0 .75rem;border:0;padding:.1rem 0}.rows td::before,.rows tbody th::before{content:attr(data-label);color:var(--soft);font-size:.9375rem}.rows td:has(>span:empty){display:none}.facts{grid-template-columns:1fr}.facts dd{margin-bottom:.5rem}}
`;

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
  /** For the owner's tables. */
  readonly wide?: boolean;
  /** Links to the pages beside this one. */
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

/** A labelled field, with its fault tied to it for screen readers (WCAG 2.2, 3.3.1). */
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

/** A message above a form. A screen reader announces it at once. */
export function Notice({ kind = "", children }: PropsWithChildren<{ kind?: "" | "bad" | "good" }>) {
  return (
    <div class={`notice ${kind}`} role={kind === "bad" ? "alert" : "status"}>
      <p>{children}</p>
    </div>
  );
}
