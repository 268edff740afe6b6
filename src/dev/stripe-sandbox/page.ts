import { html, raw } from "hono/html";

/** Escaped markup. */
export type Markup = ReturnType<typeof html>;

const STYLE = `
  :root {
    color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif;
    --line: light-dark(#c8ccd4, #454b57); --accent: light-dark(#1a5fb4, #8fbcff); --on-accent: light-dark(#fff, #0b1626);
    --alarm: light-dark(#a51d2d, #ff9a9a); background: light-dark(#fff, #14171c); color: light-dark(#1b1f24, #e8eaee);
  }
  body { margin: 0 auto; max-width: 34rem; padding: 1rem; }
  body.wide { max-width: 72rem; }
  h1 { font-size: 1.6rem; line-height: 1.2; }
  h2 { font-size: 1.15rem; line-height: 1.3; margin: 0 0 .25rem; }
  body.wide h2 { margin-top: 2rem; }
  a { color: var(--accent); }
  .sandbox { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .75rem; margin: 0; font-size: .95rem; }
  .notice { border-left: .25rem solid var(--alarm); padding: .25rem .75rem; }
  .card { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 1rem 0; }
  .card p { margin: 0 0 .5rem; }
  .scroll { overflow-x: auto; }
  table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
  th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
  th { overflow-wrap: normal; }
  .wide td, .wide th { white-space: nowrap; }
  .amount { text-align: right; padding-right: 0; }
  label { display: block; margin: 1rem 0; }
  input { display: block; width: 100%; box-sizing: border-box; }
  input, button { font: inherit; color: inherit; background: transparent; padding: .6rem .75rem; border-radius: .4rem; border: 1px solid light-dark(#767b85, #8b919c); }
  button { display: block; width: 100%; margin: .5rem 0; cursor: pointer; }
  button:hover { border-color: var(--accent); }
  button.first { background: var(--accent); color: var(--on-accent); border-color: var(--accent); font-weight: 600; }
  :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;

/** A redirect after a form: the browser gets `location` next. */
export function seeOther(location: string): Response {
  return new Response(null, {
    status: 303,
    headers: { location, "referrer-policy": "no-referrer", "cache-control": "no-store" },
  });
}

/** A whole page of the sandbox as a response; every value in `content` is escaped by `html`. */
export async function page(title: string, content: Markup, { status = 200, wide = false } = {}): Promise<Response> {
  const document = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title} · Stripe sandbox</title>
        <style>${raw(STYLE)}</style>
      </head>
      <body class="${wide ? "wide" : ""}">
        <header>
          <p class="sandbox"><strong>Sandbox.</strong> This page stands in for Stripe. It asks for no card, and no money moves.</p>
        </header>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`;
  return new Response(document.toString(), {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy":
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
  });
}
