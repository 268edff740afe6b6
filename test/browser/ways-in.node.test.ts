import type { Page } from "playwright-core";
import { describe, expect, inject, test } from "vitest";
import { codeOf, stepAt } from "../../src/auth/totp.ts";
import { unbase32 } from "../support/base32.ts";
import { inspect, LOOKS, openPage, useBrowser } from "./browser.ts";

const { origin } = inject("server");
const open = useBrowser();

/** Each theme and each width once: the pages are made of the same few parts. */
const SOME = LOOKS.filter(({ theme, width }) => (theme === "light") === (width === 390));

/** The server's clock is the machine's here: a code whose time ran out on the way is followed by the next. */
async function enterCode(page: Page, secret: Uint8Array, button: string, done: string): Promise<void> {
  const refused = page.getByText("not the code");
  for (let tries = 0; tries < 3; tries++) {
    await page.getByLabel("Code").fill(codeOf(secret, stepAt(Date.now())));
    const answered = page.waitForResponse((response) => response.request().method() === "POST");
    await page.getByRole("button", { name: button }).click();
    await answered;
    await page.getByText(done).or(refused).first().waitFor();
    if (!(await refused.isVisible())) return;
  }
  throw new Error(`three codes were refused: ${button}`);
}

describe.each(SOME)("in $theme at $width px", (look) => {
  test("a person makes an account, gets a second factor, signs in by it and changes their password", async () => {
    const context = await open(look);
    const { page, faults } = await openPage(context);
    const email = `paula-${look.theme}-${look.width}@example.com`;
    const press = (name: string) => page.getByRole("button", { name }).click();
    await page.goto(`${origin}/sign-up?returnTo=%2Faccount%2Fsecond-factor%3FreturnTo%3D%252Fpricing`);
    await page.getByLabel("Name").fill("Paula");
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password").fill("paula's password");
    await press("Make an account");
    await page.getByText("it has one now").waitFor();
    await inspect(page, "signed-up", look);
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password").fill("paula's password");
    await press("Sign in");
    await page.getByRole("button", { name: "Set it up" }).waitFor();
    await inspect(page, "second-factor", look);
    await press("Set it up");
    const typed = await page.locator("ol code").textContent();
    await inspect(page, "second-factor-begun", look);
    const secret = unbase32(typed ?? "");
    await enterCode(page, secret, "Turn it on", "Your second factor is on");
    const codes = await page.locator(".list code").allTextContents();
    expect(codes).toHaveLength(10);
    await inspect(page, "recovery-codes", look);
    await page.getByRole("link", { name: "go on" }).click();
    await page.waitForURL(`${origin}/pricing`);

    await page.goto(`${origin}/sign-in?again=1&returnTo=%2Faccount%2Fpassword`);
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password").fill("paula's password");
    await press("Sign in");
    await page.getByLabel("Code").fill("000000");
    await press("Sign in");
    await page.getByText("not the code").waitFor();
    await inspect(page, "sign-in-code", look);
    await page.getByLabel("Code").fill(codes[0] ?? "");
    await press("Sign in");
    await page.waitForURL(`${origin}/account/password`);
    await page.getByLabel("Your password now").fill("a wrong one");
    await page.getByLabel("New password").fill("paula's next password");
    await press("Change the password");
    await page.getByText("not your password").waitFor();
    await inspect(page, "change-password", look);
    await page.getByLabel("Your password now").fill("paula's password");
    await page.getByLabel("New password").fill("paula's next password");
    await press("Change the password");
    await page.getByText("Your password is changed").waitFor();
    await inspect(page, "password-changed", look);
    await page.goto(`${origin}/account/second-factor`);
    await inspect(page, "second-factor-on", look);
    await page.getByLabel("Code").fill(codes[1] ?? "");
    await press("Move to another app");
    await page.getByText("Your present app works until").waitFor();
    await inspect(page, "second-factor-moving", look);
    const moved = unbase32((await page.locator("ol code").textContent()) ?? "");
    await enterCode(page, moved, "Use this app", "Your new app is in use");
    expect(faults).toEqual([]);
    await context.close();
  });
});
