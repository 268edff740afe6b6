import type { Page } from "playwright-core";
import { describe, expect, inject, test } from "vitest";
import { inspect, openPage, useBrowser } from "./browser.ts";
import { withDevice } from "./device.ts";

const { origin } = inject("server");
const open = useBrowser();
const ADD = { name: "Add a passkey" } as const;

async function makeAccount(page: Page, email: string) {
  await page.goto(`${origin}/sign-up`);
  await page.getByLabel("Name").fill("Pia Pass");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill("pia's long password");
  await page.getByRole("button").last().click();
  await page.waitForURL(/\/sign-in/);
  await signInByPassword(page, email);
}

async function signInByPassword(page: Page, email: string) {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill("pia's long password");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

describe.each([
  { theme: "light", width: 390 },
  { theme: "dark", width: 1280 },
] as const)("a passkey in $theme at $width px", (look) => {
  test("is added, signs in alone and after the password, is renamed and removed", async () => {
    const context = await open(look);
    const { page, faults } = await openPage(context);
    const device = await withDevice(context, page);
    const email = `pia-${look.width}@example.com`;
    await makeAccount(page, email);
    await page.goto(`${origin}/account/second-factor`);
    await inspect(page, "passkey-factor", look);
    await page.getByRole("link", { name: "Your passkeys" }).click();
    await inspect(page, "passkeys-none", look);
    await page.getByRole("button", ADD).click();
    await page.getByRole("heading", { name: "Keep these recovery codes" }).waitFor();
    await inspect(page, "passkey-codes", look);
    const [made, ...more] = await device.credentials();
    expect([made?.isResidentCredential, made?.rpId, more]).toEqual([true, new URL(origin).hostname, []]);
    await page.getByRole("link", { name: "I have stored them" }).click();
    await page.waitForURL(`${origin}/account/passkeys`);

    await page.getByLabel(/^Name of/).fill("Blue phone");
    await page.getByRole("button", { name: /^Rename/ }).click();
    await page.getByText("The passkey has its new name.").waitFor();
    await inspect(page, "passkeys", look);
    // The device has one for this person, and says so to the browser.
    await page.getByRole("button", ADD).click();
    await page.getByText("No passkey answered.").waitFor();

    await page.goto(`${origin}/account`);
    await inspect(page, "passkey-account", look);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(/\/sign-in/);
    await inspect(page, "passkey-sign-in", look);
    await device.verifies(false);
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.getByText("No passkey answered.").waitFor();
    await inspect(page, "passkey-no-answer", look);
    await device.verifies(true);
    await page.goto(`${origin}/sign-in?returnTo=/account/passkeys`);
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.waitForURL(`${origin}/account/passkeys`);
    expect((await device.credentials())[0]?.signCount).toBeGreaterThan(made?.signCount ?? 0);

    await page.goto(`${origin}/sign-in?again=1&returnTo=/account/passkeys`);
    await signInByPassword(page, email);
    await page.getByRole("heading", { name: "One more step" }).waitFor();
    await inspect(page, "passkey-step", look);
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.waitForURL(`${origin}/account/passkeys`);

    // The device still has the key, and the site no longer.
    await page.getByRole("button", { name: /^Remove/ }).click();
    await page.getByText("The passkey is removed.").waitFor();
    await page.goto(`${origin}/sign-in?again=1`);
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.getByText("That passkey opens no account here.").waitFor();
    await inspect(page, "passkey-refused", look);
    await signInByPassword(page, email);
    await page.waitForURL(`${origin}/account`);
    expect(faults).toEqual([]);
    await context.close();
  });
});

test("without scripts no form for a passkey is seen, and the password signs in", async () => {
  const look = { theme: "light", width: 390 } as const;
  const first = await open(look);
  const { page: maker } = await openPage(first);
  await makeAccount(maker, "scriptless@example.com");
  await first.close();
  const context = await open(look, { javaScriptEnabled: false });
  const { page, faults } = await openPage(context);
  await page.goto(`${origin}/sign-in`);
  expect(await page.getByRole("button", { name: /passkey/ }).count()).toBe(0);
  await signInByPassword(page, "scriptless@example.com");
  await page.waitForURL(`${origin}/account`);
  await page.goto(`${origin}/account/passkeys`);
  expect(await page.getByRole("button", ADD).count()).toBe(0);
  await page.getByText("or runs no scripts").waitFor();
  expect(faults).toEqual([]);
  await context.close();
});
