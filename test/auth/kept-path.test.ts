import { beforeEach, expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Browser, openBrowser } from "../support/oauth.ts";
import { BUYER, ORIGIN } from "../support/world.ts";
import { linkIn, type Mailed, openMailbox } from "./mailbox.ts";

const COOKIE = "__Host-commerce.return";
const WANTED = "/pricing?from=canary-path";

describeInWorld("the path that a person came with", {}, (world) => {
  let mails: Mailed[];
  beforeEach(async () => {
    mails = openMailbox(world);
    await world.all("DELETE FROM bound_counts");
    await world.all("UPDATE user SET email_verified = 1");
  });

  const browse = () => openBrowser(world.send, ORIGIN);
  const ask = async (page: string, email: string, returnTo = WANTED, browser = browse()): Promise<Browser> => {
    const form = await browser.get(`${page}?${new URLSearchParams({ returnTo })}`);
    expect((await browser.submit(form, page, { email })).status).toBe(200);
    return browser;
  };
  const linkOf = () => {
    const mail = mails.at(-1);
    expect(JSON.stringify(mail)).not.toContain("canary");
    expect(JSON.stringify(mail)).not.toContain("returnTo");
    return linkIn(mail);
  };
  const signedIn = async (browser: Browser, page: Response) =>
    (await browser.submit(page, "/sign-in", BUYER)).headers.get("Location");

  test("waits in the asker's browser, and every mail leads another browser to the account", async () => {
    const asker = await ask("/sign-in/link", BUYER.email);
    const link = linkOf();
    const other = browse();
    expect((await other.submit(await other.get(link), link, {})).headers.get("Location")).toBe(`${ORIGIN}/account`);
    await ask("/sign-in/link", BUYER.email, WANTED, asker);
    const own = linkOf();
    const done = await asker.submit(await asker.get(own), own, {});
    expect(done.headers.get("Location")).toBe(ORIGIN + WANTED);
    // It waits once.
    expect(asker.cookies.get(COOKIE) ?? "").toBe("");

    const forgetful = await ask("/forgot-password", BUYER.email);
    const reset = linkOf();
    const set = await forgetful.submit(await forgetful.get(reset), reset, { password: BUYER.password });
    const next = /href="(\/sign-in[^"]*)"/.exec(await set.text())?.[1] ?? "";
    expect(await signedIn(forgetful, await forgetful.get(next))).toBe(ORIGIN + WANTED);

    const reminded = await ask("/sign-up", BUYER.email);
    const reminder = linkOf();
    expect(await signedIn(reminded, await reminded.get(reminder))).toBe(ORIGIN + WANTED);
    const elsewhere = browse();
    expect(await signedIn(elsewhere, await elsewhere.get(reminder))).toBe(`${ORIGIN}/account`);

    const fresh = await ask("/sign-up", "kim@example.com");
    const invitation = linkOf();
    const wish = { name: "Kim", password: "kim's password" };
    const made = await fresh.submit(await fresh.get(invitation), "/sign-up", wish);
    expect(made.headers.get("Location")).toBe(ORIGIN + WANTED);
  });

  test("is one of ours, for an hour, in a cookie that scripts can't read; a later request without one ends it", async () => {
    const browser = browse();
    const form = await browser.get(`/forgot-password?${new URLSearchParams({ returnTo: WANTED })}`);
    const answer = await browser.submit(form, "/forgot-password", { email: BUYER.email });
    expect(answer.headers.get("Set-Cookie")).toMatch(
      /^__Host-commerce\.return=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=3600; Secure$/,
    );
    await ask("/forgot-password", BUYER.email, "", browser);
    expect(browser.cookies.get(COOKIE) ?? "").toBe("");
    await ask("/sign-in/link", BUYER.email, "https://evil.example/canary");
    for (const planted of ["//evil.example/", "https://evil.example/", "/\\evil.example", "", "\u0000"]) {
      const link = linkOf();
      const victim = browse();
      victim.cookies.set(COOKIE, Buffer.from(planted).toString("base64url"));
      const done = await victim.submit(await victim.get(link), link, {});
      expect(new URL(done.headers.get("Location") ?? "").origin).toBe(ORIGIN);
      await ask("/sign-in/link", BUYER.email, planted);
    }
    const long = await ask("/sign-in/link", BUYER.email, `/pricing?x=${"x".repeat(4000)}`);
    expect(long.cookies.get(COOKIE) ?? "").toBe("");
  });
});
