import { beforeAll, describe, expect, inject, test, vi } from "vitest";
import { authorizeUrl, discover, overSocket, registerClient, type ServerMetadata } from "../support/oauth.ts";
import { buyer } from "./asking.ts";
import { inspect, LOOKS, openPage, useBrowser } from "./browser.ts";

const { origin } = inject("server");
const open = useBrowser();
const CALLBACK = "cursor://anysphere.cursor-mcp/oauth/callback";

let server: ServerMetadata;
let clientId: string;
beforeAll(async () => {
  server = await discover(overSocket, `${origin}/mcp`);
  clientId = await registerClient(overSocket, server, { redirectUri: CALLBACK, clientName: "Editor" });
});

const asking = () =>
  authorizeUrl(server, { clientId, redirectUri: CALLBACK, scopes: ["checkout:write"], resource: `${origin}/mcp` });

describe.each(LOOKS)("an editor in $theme at $width", (look) => {
  test("is told from an app elsewhere, and gets the code at its own scheme", async () => {
    const context = await open(look);
    const { page, faults } = await openPage(context);
    // Chromium has no program for the scheme here: what it would hand over is seen where it leaves.
    const chromium = await context.newCDPSession(page);
    await chromium.send("Network.enable");
    const handedOver: string[] = [];
    chromium.on("Network.requestWillBeSent", ({ request }) => {
      if (request.url.startsWith("cursor:")) handedOver.push(request.url);
    });
    const { url, state } = await asking();
    await page.goto(url);
    await page.getByLabel("E-mail").fill(buyer.email);
    await page.getByLabel("Password").fill(buyer.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Another program there could claim such links").waitFor();
    await inspect(page, "consent-editor", look);
    expect(faults).toEqual([]);
    await page.getByRole("button", { name: "Allow" }).click({ noWaitAfter: true });
    await vi.waitUntil(() => handedOver.length > 0, { timeout: 30_000 });
    const left = new URL(handedOver[0] ?? "");
    expect(left.href.startsWith(`${CALLBACK}?code=`)).toBe(true);
    expect(left.searchParams.get("state")).toBe(state);
    expect(faults.filter((fault) => fault.includes("Content Security Policy"))).toEqual([]);

    const faulty = new URL((await asking()).url);
    faulty.searchParams.delete("code_challenge");
    const other = await openPage(context);
    await other.page.goto(faulty.href);
    await other.page.getByRole("link", { name: "tell the app about the fault" }).waitFor();
    await inspect(other.page, "faulty-request", look);
    expect(other.faults).toEqual([]);
    await context.close();
  });
});
