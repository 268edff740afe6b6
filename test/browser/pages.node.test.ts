import type { Page } from "playwright-core";
import { beforeAll, describe, expect, inject, test, vi } from "vitest";
import { sandboxClient } from "../../src/dev/stripe-sandbox/client.ts";
import { authorizeUrl, discover, obtainToken, overSocket, registerClient } from "../support/oauth.ts";
import { buyer, openAgent } from "./asking.ts";
import { inspect, LOOKS, openPage, useBrowser } from "./browser.ts";

const { origin, sandboxUrl } = inject("server");
const open = useBrowser();
const sandbox = sandboxClient((path, init) => fetch(new URL(path, sandboxUrl), init));

/** The way back from Stripe, of a checkout that was paid. */
let successUrl: string;
beforeAll(async () => {
  const agent = await openAgent("pages");
  const args = agent.args();
  const { result } = (await agent.call("start_checkout", { ...args, confirmationText: agent.text })) as unknown as {
    result: { checkoutIntentId: string };
  };
  const session = (await sandbox.sessions()).find((one) => one.client_reference_id === result.checkoutIntentId);
  await sandbox.pay(session?.id ?? "", "paid");
  successUrl = session?.success_url ?? "";
  const uri = `commerce://checkouts/${result.checkoutIntentId}`;
  await vi.waitUntil(
    async () => {
      const { content } = (await agent.call("read_commerce", { uri })) as { content?: { status?: string } };
      return content?.status === "paid";
    },
    { timeout: 240_000, interval: 200 },
  );
});

async function signInFor(page: Page, path: string) {
  await page.goto(`${origin}/sign-in?${new URLSearchParams({ returnTo: path })}`);
  await page.getByLabel("E-mail").fill(buyer.email);
  await page.getByLabel("Password").fill(buyer.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL(`${origin}${path}`);
}

// WCAG 2.2, 1.4.10: 320 px is the narrowest screen on which a text is read without moving it sideways.
test("the landing page, the offers and the page of an unknown path fit the narrowest screen", async () => {
  const look = { theme: "light", width: 320 } as const;
  const context = await open(look);
  const { page, faults } = await openPage(context);
  for (const [name, path] of [
    ["home", "/"],
    ["offers", "/offers"],
    ["unknown-path", "/a-name-without-an-end/".repeat(8)],
  ] as const) {
    await page.goto(origin + path);
    await inspect(page, name, look);
  }
  expect(faults).toEqual([]);
  await context.close();
});

describe.each(LOOKS)("in $theme at $width px", (look) => {
  test("the pages of a buyer are accessible, fit the screen and follow the theme", async () => {
    const context = await open(look);
    const { page, faults } = await openPage(context);
    for (const [name, path] of [
      ["home", "/"],
      ["unknown-path", "/nowhere"],
      ["other-method", "/account/billing"],
      ["sign-up", "/sign-up"],
      ["offers", "/offers"],
      ["pricing-signed-out", "/pricing"],
    ] as const) {
      await page.goto(origin + path);
      await inspect(page, name, look);
    }
    await signInFor(page, "/account");
    await inspect(page, "account", look);
    await page.goto(`${origin}/account/plans`);
    await inspect(page, "account-plans", look);
    await page.goto(`${origin}/pricing`);
    await inspect(page, "pricing", look);
    await page.goto(successUrl);
    await inspect(page, "success", look);
    await page.goto(successUrl.replace("/commerce/checkout/success/", "/commerce/post-purchase/"));
    expect(await page.locator("form").count()).toBeGreaterThan(0);
    await inspect(page, "post-purchase", look);
    await page.goto(`${origin}/approvals/approval-nothing`);
    await inspect(page, "nothing-here", look);
    expect(faults).toEqual([]);
    await context.close();
  });

  test("the consent page too", async () => {
    const server = await discover(overSocket, `${origin}/mcp`);
    const redirectUri = "http://localhost:6543/callback";
    const clientId = await registerClient(overSocket, server, { redirectUri, clientName: "Shopping assistant" });
    const scopes = ["checkout:write", "affiliates:write"];
    const { url } = await authorizeUrl(server, { clientId, redirectUri, scopes, resource: `${origin}/mcp` });
    const context = await open(look);
    const { page, faults } = await openPage(context);
    await signInFor(page, "/account");
    await page.goto(url);
    await page.getByText("Shopping assistant").first().waitFor();
    await inspect(page, "consent", look);

    // Limits by the keyboard alone; what can't be read is told beside its field.
    await page.locator("summary").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.type("twenty");
    await page.keyboard.press("Tab");
    await page.keyboard.type("3");
    await inspect(page, "consent-limits", look);
    await page.getByRole("button", { name: "Allow" }).press("Enter");
    await page.getByText("Write an amount in USD").waitFor();
    await inspect(page, "consent-limits-refused", look);
    expect(await page.getByLabel("Checkouts in 24 hours").inputValue()).toBe("3");
    expect(faults.filter((fault) => !fault.includes("422"))).toEqual([]);
    await context.close();
  });

  test("and the limits of an app on the account page", async () => {
    const clientName = `Limited ${look.theme} ${look.width}`;
    const typed = { mostAmount: "20", mostADay: "3", until: "2099-12-31" };
    const resource = `${origin}/mcp`;
    await obtainToken({
      fetch: overSocket,
      origin,
      as: buyer,
      resource,
      scopes: ["checkout:write"],
      clientName,
      typed,
    });
    const context = await open(look);
    const { page, faults } = await openPage(context);
    await signInFor(page, "/account");
    await inspect(page, "account-with-limits", look);
    await page.getByRole("link", { name: `Change the limits of ${clientName}` }).press("Enter");
    await page.getByLabel("Checkouts in 24 hours").fill("5");
    await inspect(page, "account-limits", look);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${origin}/account#apps`);
    const card = page.getByRole("listitem").filter({ hasText: clientName });
    expect(await card.getByText("Checkouts in 24 hours: 5, of which 5 are left").count()).toBe(1);
    expect(faults).toEqual([]);
    await context.close();
  });
});
