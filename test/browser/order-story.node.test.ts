import type { Page } from "playwright-core";
import { describe, expect, inject, test } from "vitest";
import { partNumber } from "../support/size.ts";
import { buyer, owner } from "./asking.ts";
import { inspect, LOOKS, type Look, openPage, useBrowser } from "./browser.ts";

const { origin, sandboxUrl } = inject("server");
const open = useBrowser();
const sandbox = new URL(sandboxUrl).origin;

async function signInFor(page: Page, person: { email: string; password: string }, path: string) {
  await page.goto(`${origin}/sign-in?${new URLSearchParams({ returnTo: path })}`);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(origin + path);
}

/** Holds a page to what every page owes; it also works without a script, since it has none. */
async function look(page: Page, name: string, as: Look) {
  expect([name, await page.locator("script").count()]).toEqual([name, 0]);
  await inspect(page, `story-${name}`, as);
}

const atStripe = (page: Page) => page.waitForURL((url) => url.origin === sandbox);
const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).first().click();

// The narrowest screen, and each theme and width once; a part of a report takes every pair.
const LOOKS_OF_A_WALK: readonly Look[] = [
  { theme: "light", width: 320 },
  ...LOOKS.filter(({ theme, width }) => partNumber !== undefined || (theme === "dark" && width === 1280)),
];

describe.each(LOOKS_OF_A_WALK)("an order from the shelf to the owner's desk, in $theme at $width px", (as) => {
  test("the buyer goes back, starts again, pays on, answers and finds the order; the owner finds it and does its task", async () => {
    const context = await open(as);
    const { page } = await openPage(context);
    await signInFor(page, buyer, "/offers");
    await look(page, "offers", as);

    await press(page, /^Buy Bumpgrade launch pass, /);
    await atStripe(page);
    const paymentPage = page.url();
    await page.goto(`${origin}/offers`);
    await press(page, /^Buy Bumpgrade launch pass, /);
    await atStripe(page);
    expect(page.url()).toBe(paymentPage);

    await press(page, "Cancel and go back");
    await page.getByRole("heading", { level: 1, name: "You left the payment page" }).waitFor();
    await look(page, "cancel", as);
    await page.getByRole("link", { name: "Continue to payment" }).click();
    await atStripe(page);
    await press(page, /^Pay$/);
    await page.getByText("Your payment arrived.").waitFor();
    expect(await page.locator("main").innerText()).toContain("We prepare");
    await look(page, "success", as);

    await page.getByRole("link", { name: "See one more offer" }).click();
    await look(page, "offer-after", as);
    await press(page, "No, thank you");
    await press(page, /^Yes, talk to me/);
    await page.getByText("We have your answer.").waitFor();
    await page.getByRole("link", { name: "Back to your order" }).click();
    await page.getByRole("link", { name: "See it in your account" }).click();
    const title = await page.getByRole("heading", { level: 1 }).innerText();
    const number = /[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(title)?.[0] ?? "";
    expect(await page.locator("main").innerText()).toContain("$9.00 USD");
    await look(page, "receipt", as);
    for (const path of ["/account", "/account/orders", "/account/confirmations", "/account/delete"]) {
      await page.goto(origin + path);
      await look(page, path.slice(1).replaceAll("/", "-"), as);
    }
    await context.close();

    const desk = await open(as);
    const { page: owners, faults } = await openPage(desk);
    await signInFor(owners, owner, "/owner/orders");
    await owners.goto(`${origin}/owner/orders?${new URLSearchParams({ q: number.toLowerCase() })}`);
    await owners.getByRole("heading", { level: 1, name: `Order ${number}` }).waitFor();
    expect(await owners.locator("main").innerText()).toContain(buyer.email);
    await look(owners, "owner-order", as);
    for (const path of ["/owner/tasks", "/owner/answers"]) {
      await owners.goto(origin + path);
      await owners.getByRole("row").filter({ hasText: number }).getByRole("button", { name: /^Done/ }).click();
      // The result of the click, with the click that takes it back.
      await owners
        .getByRole("button", { name: /^Take back/ })
        .first()
        .waitFor();
      await look(owners, path.slice(1).replaceAll("/", "-"), as);
    }
    expect(faults).toEqual([]);
    await desk.close();
  });
});
