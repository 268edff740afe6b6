import type { Page } from "playwright-core";

/** A result as a host passes it on. */
export type Result = Record<string, unknown>;

/** The host's page: a frame without an origin of its own for the panel, and JSON-RPC with it. */
const HOST = `
const { html, theme } = JSON.parse(document.querySelector("#given").textContent);
const frame = document.querySelector("iframe");
const toPanel = (message) => frame.contentWindow.postMessage({ jsonrpc: "2.0", ...message }, "*");
const answers = {
  "ui/initialize": () => ({ protocolVersion: "2026-01-26", hostCapabilities: {}, hostContext: { theme } }),
  "ui/open-link": ({ url }) => hostOpen(url),
  "tools/call": ({ name, arguments: given }) => hostCall(name, given),
};
addEventListener("message", async ({ source, data: { id, method, params } }) => {
  if (source !== frame.contentWindow) return;
  if (method === "ui/notifications/initialized") document.body.dataset.ready = "yes";
  else if (method === "ui/notifications/size-changed") frame.style.height = params.height + "px";
  else if (answers[method]) toPanel({ id, result: (await answers[method](params)) || {} });
  else document.body.dataset.unknown = method;
});
frame.srcdoc = html;
`;

/** A host of MCP Apps, as far as a panel can tell. */
export async function hostPanel(
  page: Page,
  html: string,
  theme: string,
  call: (name: string, args: Result) => Promise<Result>,
) {
  const opened: string[] = [];
  await page.exposeFunction("hostCall", call);
  await page.exposeFunction("hostOpen", (url: string) => void opened.push(url));
  const given = JSON.stringify({ html, theme }).replaceAll("<", "\\u003c");
  await page.route("http://host.localhost/**", (route) =>
    route.fulfill({
      contentType: "text/html; charset=utf-8",
      body: `<!doctype html><html lang="en"><head><meta name="color-scheme" content="light dark"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Host</title></head>
        <body style="margin:0;background:light-dark(#fff,#000);color:light-dark(#000,#fff)"><main><h1>Chat</h1>
        <iframe title="Approval" sandbox="allow-scripts" style="width:100%;height:10px;border:0"></iframe></main>
        <script id="given" type="application/json">${given}</script><script>${HOST}</script></body></html>`,
    }),
  );
  await page.goto("http://host.localhost/");
  await page.locator("body[data-ready=yes]").waitFor();
  const tell = (method: string, params: unknown) => page.evaluate(`toPanel(${JSON.stringify({ method, params })})`);
  return { opened, tell, panel: page.frameLocator("iframe") };
}
