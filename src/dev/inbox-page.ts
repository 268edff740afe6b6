/** A message that the server sent to the inbox. */
export interface Mailed {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly at: Date;
}

const STYLE = `:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}
body{max-width:44rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}
a{color:light-dark(#1d4fd7,#8fb4ff)}
html{background:light-dark(#fff,#15181c)}
article{border-top:1px solid color-mix(in srgb,currentColor 25%,transparent);padding:1rem 0}
h2{font-size:1.1rem;margin:0}p{margin:.25rem 0}pre{white-space:pre-wrap;font:inherit}`;

/** The page of the inbox: messages in the order given, each `http` address in them as a link. */
export function inboxPage(mails: readonly Mailed[]): string {
  const items = mails.map(
    ({ to, subject, text, at }) => `<article><h2>${escaped(subject)}</h2>
<p>To ${escaped(to)}, <time datetime="${at.toISOString()}">${at.toISOString().slice(0, 19).replace("T", " ")} UTC</time></p>
<pre>${linked(escaped(text))}</pre></article>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Inbox</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head>
<body><main><h1>Inbox</h1><p>Messages that the server on this machine would have mailed, newest first. Reload to see new ones.</p>
${items.join("\n") || "<p>No message yet.</p>"}</main></body></html>`;
}

function escaped(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

function linked(html: string): string {
  return html.replace(/https?:\/\/[^\s<]+/g, (url) => `<a href="${url}">${url}</a>`);
}
