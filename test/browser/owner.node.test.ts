import type { Page } from "playwright-core";
import { beforeAll, describe, expect, inject, test, vi } from "vitest";
import { sandboxClient } from "../../src/dev/stripe-sandbox/client.ts";
import { connect } from "../support/mcp.ts";
import { obtainToken, overSocket } from "../support/oauth.ts";
import { partNumber } from "../support/size.ts";
import { buyer, owner } from "./asking.ts";
import { inspect, LOOKS, openPage, useBrowser } from "./browser.ts";

const { origin, sandboxUrl } = inject("server");
const open = useBrowser();
const sandbox = sandboxClient((path, init) => fetch(new URL(path, sandboxUrl), init));
const REVIEW = "Apply owner review action to Bumpgrade commission ledger evidence";

/** What the owner has to look at: a sale with evidence, its access, and the operation that started it. */
let entry: string;
let operation: string;
let entitlement: string;
let order: string;
let blockedOrder: string;

async function tool(client: Awaited<ReturnType<typeof connect>>, name: string, args: Record<string, unknown>) {
  const answer = await client.callTool({ name, arguments: args });
  const [block] = answer.content as { text: string }[];
  if (answer.isError) throw new Error(`${name}: ${block?.text}`);
  return answer.structuredContent as { operationId: string; result: Record<string, string>; content: never };
}

beforeAll(async () => {
  const token = await obtainToken({
    fetch: overSocket,
    origin,
    as: buyer,
    resource: `${origin}/mcp`,
    scopes: ["checkout:write", "affiliates:write"],
    clientName: "Shopping assistant",
  });
  const agent = await connect({ send: overSocket, url: `${origin}/mcp`, token: token.accessToken });
  const read = async (uri: string) => (await tool(agent, "read_commerce", { uri })).content as Record<string, string>;
  const clicked = await fetch(`${origin}/api/affiliates/clicks`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      code: "LAUNCHCIRCLE",
      destinationRoute: "/funnels/indie-launch-sandbox",
      idempotencyKey: "click-owner",
    }),
  });
  const { referralClickId } = (await clicked.json()) as { referralClickId: string };
  const offer = await read("commerce://offers/sandbox-launch-pass");
  const started = await tool(agent, "start_checkout", {
    offerId: "sandbox-launch-pass",
    referralClickId,
    confirmationText: offer.confirmationText,
    expectedUpdatedAt: offer.updatedAt,
    idempotencyKey: "owner-looks",
  });
  operation = started.operationId;
  const { checkoutIntentId = "" } = started.result;
  const session = (await sandbox.sessions()).find((one) => one.client_reference_id === checkoutIntentId);
  await sandbox.pay(session?.id ?? "", "paid");
  order = checkoutIntentId;
  const uri = `commerce://checkouts/${checkoutIntentId}`;
  await vi.waitUntil(async () => (await read(uri)).status === "paid", { timeout: 240_000, interval: 200 });
  const checkout = await read(uri);
  const evidence = await tool(agent, "create_commission_evidence", {
    checkoutIntentId,
    confirmationText: "Create review-only commission evidence for Bumpgrade sandbox checkout",
    expectedUpdatedAt: checkout.updatedAt,
    idempotencyKey: "evidence-owner-looks",
  });
  entry = evidence.result.commissionLedgerId ?? "";
  [{ id: entitlement }] = checkout.entitlements as unknown as [{ id: string }];

  // And a checkout whose payment page was for another amount: it waits for the owner.
  const contradicted = await tool(agent, "start_checkout", {
    offerId: "sandbox-launch-pass",
    confirmationText: offer.confirmationText,
    expectedUpdatedAt: offer.updatedAt,
    idempotencyKey: "owner-compares",
  });
  const ours = contradicted.result.checkoutIntentId ?? "";
  blockedOrder = ours;
  const its = (await sandbox.sessions()).find((one) => one.client_reference_id === ours);
  await sandbox.event({
    type: "checkout.session.completed",
    object: { ...its, status: "complete", payment_status: "paid", amount_total: 1 },
  });
  const blocked = async () => (await read(`commerce://checkouts/${ours}`)).status === "blocked";
  await vi.waitUntil(blocked, { timeout: 240_000, interval: 200 });
});

async function signIn(page: Page, path = "/owner") {
  await page.goto(origin + path);
  await page.getByLabel("E-mail").fill(owner.email);
  await page.getByLabel("Password").fill(owner.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(origin + path);
}

// Each theme and each width once; a part of a report takes every pair.
const looks = LOOKS.filter(({ theme, width }) => partNumber !== undefined || (theme === "light") === (width === 390));

describe.each(looks)("the owner's console in $theme at $width px", (look) => {
  test("every page is accessible, fits the screen and follows the theme", async () => {
    const context = await open(look);
    const { page, faults } = await openPage(context);
    await signIn(page);
    await inspect(page, "owner", look);
    const paths = await page
      .locator("nav a")
      .evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
    expect(paths.length).toBeGreaterThan(8);
    for (const path of [
      ...paths.slice(1),
      `/owner/ledger/${entry}`,
      `/owner/operations/${operation}`,
      `/owner/entitlements/${entitlement}`,
      `/owner/orders/${order}`,
    ]) {
      await page.goto(origin + path);
      const [, , list, one] = path.split("/");
      await inspect(page, `owner-${list}${one ? "-one" : ""}`, look);
    }
    expect(faults).toEqual([]);
    await context.close();
  });
});

test("a review on the phone, with the keyboard alone, is refused for another text and done for the exact one", async () => {
  const context = await open({ theme: "light", width: 390 });
  const { page, faults } = await openPage(context);
  await signIn(page, `/owner/ledger/${entry}`);
  await page.getByLabel("Mark as reviewed").focus();
  await page.keyboard.press("Space");
  await page.getByLabel("Confirmation").focus();
  await page.keyboard.type(REVIEW.toLowerCase());
  await page.keyboard.press("Enter");
  await page.getByText("not the exact text").first().waitFor();
  await inspect(page, "owner-ledger-refused", { theme: "light", width: 390 });
  await page.getByLabel("Confirmation").first().focus();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(REVIEW);
  await page.keyboard.press("Enter");
  await page.getByText("reviewed by the owner", { exact: false }).first().waitFor();
  await inspect(page, "owner-ledger-done", { theme: "light", width: 390 });
  expect(faults).toEqual([]);
  await context.close();
});

describe.each([320, 1280] as const)("orders at %i px", (width) => {
  test("with the keyboard alone: one is found by its number, the blocked ones by the filter, and a wrong day is told", async () => {
    const look = { theme: "light", width } as const;
    const context = await open(look);
    const { page, faults } = await openPage(context);
    await signIn(page, "/owner/orders");
    const number = (await page.locator(`a[href="/owner/orders/${order}"]`).textContent()) ?? "";
    await page.getByLabel("Find an order").focus();
    await page.keyboard.type(number.toLowerCase().replace("-", ""));
    await page.keyboard.press("Enter");
    await page.waitForURL(`${origin}/owner/orders/${order}`);
    await inspect(page, "owner-orders-found", look);

    await page.goto(`${origin}/owner/orders`);
    await page.getByLabel("Show", { exact: true }).selectOption({ label: "blocked, it waits for you" });
    await page.getByRole("button", { name: "Show" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("refund the payment in full at Stripe", { exact: false }).first().waitFor();
    await inspect(page, "owner-orders-blocked", look);
    await page.locator(`a[href="/owner/orders/${blockedOrder}"]`).click();
    await page.getByRole("link", { name: "Find it at Stripe" }).click();
    await inspect(page, "owner-orders-blocked-one", look);

    await page.goto(`${origin}/owner/orders?from=2026-02-30`);
    await page.getByRole("alert").filter({ hasText: "From: this is no day" }).waitFor();
    await inspect(page, "owner-orders-fault", look);
    await page.goto(`${origin}/owner/orders?q=28`);
    await inspect(page, "owner-orders-searched", look);
    expect(faults).toEqual([]);
    await context.close();
  });
});
