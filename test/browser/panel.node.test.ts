import { describe, expect, inject, test } from "vitest";
import { buyer, openAgent } from "./asking.ts";
import { inspect, LOOKS, useBrowser } from "./browser.ts";
import { hostPanel, type Result } from "./panel-host.ts";

const { origin } = inject("server");
const open = useBrowser();

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
