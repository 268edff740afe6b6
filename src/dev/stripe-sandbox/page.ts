import { html, raw } from "hono/html";

/** Markup that is already escaped. */
export type Markup = ReturnType<typeof html>;

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { margin: 0 auto; max-width: 34rem; padding: 1rem; }
  body.wide { max-width: 72rem; }
  .sandbox { border: 2px solid; border-radius: .5rem; padding: .5rem .75rem; }
  .notice { border-left: .25rem solid #c0392b; padding: .25rem .75rem; }
  table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
  th, td { text-align: left; padding: .35rem .5rem .35rem 0; border-bottom: 1px solid #8886; overflow-wrap: anywhere; }
  .amount { text-align: right; white-space: nowrap; padding-right: 0; }
  label { display: block; margin: 1rem 0; }
  input { display: block; width: 100%; box-sizing: border-box; }
  input, button { font: inherit; padding: .6rem .75rem; border-radius: .4rem; border: 1px solid #888; }
  button { display: block; width: 100%; margin: .5rem 0; cursor: pointer; }
  button.first { background: #1a5fb4; color: #fff; border-color: #1a5fb4; }
`;

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
        <p class="sandbox"><strong>Sandbox.</strong> This page stands in for Stripe. No card is asked for and no money moves.</p>
        <h1>${title}</h1>
        ${content}
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
