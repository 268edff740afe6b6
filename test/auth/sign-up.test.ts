import { beforeEach, describe, expect, test } from "vitest";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Browser, openBrowser, signIn } from "../support/oauth.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";
import { linkIn, type Mailed, openMailbox } from "./mailbox.ts";

describeInWorld("sign-up", {}, (world) => {
  let mails: Mailed[];
  beforeEach(async () => {
    mails = openMailbox(world);
    await world.all("DELETE FROM bound_counts");
  });

  const browse = () => openBrowser(world.send, ORIGIN);
  const people = (email: string) => world.all("SELECT email_verified FROM user WHERE email = ?", email);
  const ask = async (email: string, path = "/sign-up", browser: Browser = browse()) =>
    browser.submit(await browser.get(path), "/sign-up", { email });
  const seen = async (answer: Response, email: string) => [
    answer.status,
    [...answer.headers].filter(([name]) => name !== "set-cookie"),
    (await answer.text()).replaceAll(email, "…"),
  ];

  describe("where mail is sent, an account is made by a mailed link", () => {
    test("which leads on to where the person was going, in their own browser, signed in and with a confirmed address", async () => {
      const email = "nia@example.com";
      const browser = browse();
      const page = await browser.get("/sign-in?returnTo=%2Fpricing");
      const path = /href="(\/sign-up[^"]*)"/.exec(await page.text())?.[1] ?? "";
      const answer = await ask("Nia@Example.com ", path, browser);
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining(email)]);
      expect([mails.length, mails[0]?.to, mails[0]?.subject]).toEqual([1, email, "Make your account"]);
      expect(await people(email)).toEqual([]);

      const link = linkIn(mails[0]);
      expect(link).toMatch(/^\/sign-up\?invitation=[0-9a-f]{48}$/);
      const form = await unchanged(world, () => browser.get(link));
      expect([form.status, form.headers.get("Referrer-Policy")]).toEqual([200, "no-referrer"]);
      const short = await browser.submit(form, "/sign-up", { name: "Nia", password: "short" });
      expect(short.status).toBe(422);
      const done = await browser.submit(short, "/sign-up", { name: "Nia", password: "nia's password" });
      expect([done.status, done.headers.get("Location")]).toEqual([303, `${ORIGIN}/pricing`]);
      expect((await browser.get("/account")).status).toBe(200);
      expect(await people(email)).toEqual([{ email_verified: 1 }]);
      expect((await browse().get(link)).status).toBe(403);
      await signIn(browse(), { email, password: "nia's password" });
    });

    test("an address that has one gets the same answer, and a mail that leads to sign-in", async () => {
      const known = await ask(BUYER.email, "/sign-up?returnTo=%2Fpricing");
      const fresh = await ask("unknown@example.com", "/sign-up?returnTo=%2Fpricing");
      expect(await seen(known, BUYER.email)).toEqual(await seen(fresh, "unknown@example.com"));
      expect(mails.map(({ subject }) => subject)).toEqual(["You have an account already", "Make your account"]);
      expect(linkIn(mails[0])).toBe("/sign-in?mailed=1");
      await signIn(browse(), BUYER);
      const script = (email: string) =>
        world.fetch("/api/auth/sign-up/email", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ name: "X", email, password: "some password" }),
        });
      const answers = [await script(BUYER.email), await script("unknown2@example.com")];
      expect(await Promise.all(answers.map(async (answer) => [answer.status, await answer.json()]))).toEqual([
        [200, { next: "mail" }],
        [200, { next: "mail" }],
      ]);
    });

    test("asked for again, the older link stays good, and with one account all of them end", async () => {
      await ask("two@example.com");
      await ask("two@example.com");
      const [first, second] = mails.map(linkIn) as [string, string];
      const browsers = await Promise.all(
        [first, second, first, second].map(async (link) => {
          const browser = browse();
          return { browser, page: await browser.get(link) };
        }),
      );
      const answers = await Promise.all(
        browsers.map(({ browser, page }, at) =>
          browser.submit(page, "/sign-up", { name: "Two", password: `password of ${at}` }),
        ),
      );
      expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
      expect(await people("two@example.com")).toHaveLength(1);
      expect((await browse().get(first)).status).toBe(403);
      expect((await browse().get(second)).status).toBe(403);
    });

    test("a form of another site, one that is too long, or without an address sends no mail", async () => {
      expect((await browse().post("/sign-up", { email: "x@example.com" })).status).toBe(403);
      expect((await ask("no address")).status).toBe(422);
      const long = await ask("x".repeat(20_000));
      expect([long.status, await long.text()]).toEqual([413, expect.stringContaining("too long")]);
      expect(mails).toEqual([]);
    });
  });

  describe("an invitation is for its own address", () => {
    test("in open mode too, and only the account of that address uses it up", async () => {
      world.restart();
      const owner = browse();
      await signIn(owner, OWNER);
      const page = await owner.get("/owner/people");
      const formToken = /name="formToken" value="([^"]+)"/.exec(await page.text())?.[1] ?? "";
      const sent = await owner.post("/owner/people", { formToken, action: "invite", email: "ina@example.com" });
      const html = await (await owner.get(sent.headers.get("Location") ?? "")).text();
      const invitation = /invitation=([0-9a-f]{48})/.exec(html)?.[1] ?? "";
      const link = `/sign-up?invitation=${invitation}`;
      const thief = browse();
      const wish = { name: "Tia Thief", email: "tia@example.com", password: "tia's password" };
      expect((await thief.submit(await thief.get(link), "/sign-up", wish)).status).toBe(403);
      const json = await world.fetch("/api/auth/sign-up/email", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ...wish, invitation }),
      });
      expect(json.status).toBe(403);
      expect(await people("tia@example.com")).toEqual([]);
      const ina = browse();
      const done = await ina.submit(await ina.get(link), "/sign-up", { name: "Ina", password: "ina's password" });
      expect(done.status).toBe(303);
      expect(await people("ina@example.com")).toEqual([{ email_verified: 0 }]);
      expect((await browse().get(link)).status).toBe(403);
    });
  });

  describe("where no mail is sent", () => {
    test("the account is made at once, a known address is answered alike, and its password stays", async () => {
      world.restart();
      const join = async (email: string) => {
        const browser = browse();
        const page = await browser.get("/sign-up?returnTo=%2Fpricing");
        return browser.submit(page, "/sign-up", { name: "Joe", email, password: "joe's password" });
      };
      const [known, fresh] = [await join(BUYER.email), await join("joe@example.com")];
      expect(await seen(known, BUYER.email)).toEqual(await seen(fresh, "joe@example.com"));
      const target = fresh.headers.get("Location") ?? "";
      expect(target).toBe(`${ORIGIN}/sign-in?returnTo=%2Fpricing&made=1`);
      const browser = browse();
      const page = await browser.get(target);
      const done = await browser.submit(page, "/sign-in", { email: "joe@example.com", password: "joe's password" });
      expect([done.status, done.headers.get("Location")]).toEqual([303, `${ORIGIN}/pricing`]);
      await signIn(browse(), BUYER);
      await expect(signIn(browse(), { email: BUYER.email, password: "joe's password" })).rejects.toThrow("422");
    });
  });
});
