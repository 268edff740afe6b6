import type { Page } from "playwright-core";
import { describe, expect, inject, test } from "vitest";
import { buyer, openAgent } from "./asking.ts";
import { inspect, LOOKS, useBrowser } from "./browser.ts";

const { origin } = inject("server");
const open = useBrowser();

type Result = Record<string, unknown>;

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
async function hostPanel(
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
      body: `<!doctype html><html lang="en"><head><meta name="color-scheme" content="light dark"><title>Host</title></head>
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

describe.each(LOOKS)("the panel in $theme at $width px", (look) => {
  test("shows what waits, opens the page, and tells what came of it", async () => {
    const agent = await openAgent(`panel-${look.theme}-${look.width}`);
    const capabilities = { extensions: { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html;profile=mcp-app"] } } };
    const { contents } = await agent.client.readResource({ uri: "ui://approval" });
    const [{ text: html } = { text: "" }] = contents as { text: string }[];
    const args = agent.args();
    const waiting = await agent.client.callTool({
      name: "start_checkout",
      arguments: args,
      _meta: { "io.modelcontextprotocol/clientCapabilities": capabilities },
    });

    const context = await open(look);
    const page = await context.newPage();
    const faults: string[] = [];
    page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
    const { opened, tell, panel } = await hostPanel(page, html, look.theme, async (name, given) => {
      expect(name).toBe("get_operation");
      return (await agent.client.callTool({ name, arguments: given })) as Result;
    });
    await tell("ui/notifications/tool-input", { arguments: args });
    await tell("ui/notifications/tool-result", waiting);
    await panel.getByRole("heading", { name: "Start checkout" }).waitFor();
    expect(await panel.locator("dl").innerText()).toContain("9.00 USD");
    await inspect(page, "panel", look);
    await panel.getByRole("button", { name: "Read and decide" }).click();
    await panel.getByText("Decide on the page").waitFor();
    expect(opened).toHaveLength(1);
    expect(opened[0]).toMatch(new RegExp(`^${origin}/approvals/approval-`));
    await panel.getByRole("button", { name: "See how it stands" }).click();
    await panel.getByText("Nothing is decided yet.").waitFor();

    const tab = await context.newPage();
    await tab.goto(opened[0] ?? "");
    await tab.getByLabel("E-mail").fill(buyer.email);
    await tab.getByLabel("Password").fill(buyer.password);
    await tab.getByRole("button", { name: "Sign in" }).click();
    await tab.getByLabel("Confirmation").fill(agent.text);
    await tab.getByRole("button", { name: "Approve" }).click();
    await tab.getByRole("heading", { name: "Done" }).waitFor();

    await panel.getByRole("button", { name: "See how it stands" }).click();
    await panel.getByRole("heading", { name: "Done" }).waitFor();
    await panel.getByText("You typed the text on our page").waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });
});

test("the panel writes what it is given as text, and opens no address but ours", async () => {
  const agent = await openAgent("panel-hostile");
  const { contents } = await agent.client.readResource({ uri: "ui://approval" });
  const [{ text: html } = { text: "" }] = contents as { text: string }[];
  const context = await open({ theme: "light", width: 1280 });
  const page = await context.newPage();
  const { opened, tell, panel } = await hostPanel(page, html, "light", async () => ({}));
  const markup = "<img src=x onerror=\"parent.postMessage({hacked:1},'*')\"><b>bold</b>";
  for (const approvalUrl of [
    "https://evil.test/approvals/approval-1",
    `${origin}.evil.test/approvals/approval-1`,
    `${origin}/approvals/../oauth/authorize`,
    `${origin}/approvals/approval-1?x=1`,
    "javascript:alert(1)",
  ]) {
    const summary = { title: markup, lines: [{ label: markup, value: markup }], approvalUrl };
    await tell("ui/notifications/tool-result", {
      isError: true,
      content: [{ type: "text", text: JSON.stringify({ code: "approval_required", detail: markup, approvalUrl }) }],
      _meta: { "commerce/approval": summary },
    });
    await panel.getByRole("heading", { name: "<img" }).waitFor();
    expect([approvalUrl, await panel.getByRole("button").count()]).toEqual([approvalUrl, 0]);
    expect(await panel.locator("img, b, a").count()).toBe(0);
  }
  expect(opened).toEqual([]);
  await context.close();
});
