import { beforeEach, describe, expect, test } from "vitest";
import { BOUNDS } from "../../src/base/bounds.ts";
import { countersOn } from "../support/counters.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Browser, openBrowser, signIn, signUp } from "../support/oauth.ts";
import { ORIGIN, OWNER } from "../support/world.ts";
import { linkIn, type Mailed, openMailbox } from "./mailbox.ts";

describeInWorld("mailed links", {}, (world) => {
  let mails: Mailed[];
  let people = 0;
  beforeEach(async () => {
    await world.all("DELETE FROM bound_counts");
    mails = openMailbox(world);
  });

  const browse = () => openBrowser(world.send, ORIGIN);
  /** A person whose address is not confirmed: mail came later than they did. */
  async function newPerson() {
    const person = { name: "Nia New", email: `nia${++people}@example.com`, password: "first password" };
    const browser = browse();
    world.restart();
    await signUp(browser, person);
    mails = openMailbox(world);
    return { ...person, browser };
  }
  const askToConfirm = async (browser: Browser) =>
    browser.submit(await browser.get("/account"), "/account/verify-email", {});
  async function forgotten(email: string) {
    const browser = browse();
    return browser.submit(await browser.get("/forgot-password"), "/forgot-password", { email });
  }
  const verified = async (email: string) =>
    (await world.all<{ email_verified: number }>("SELECT email_verified FROM user WHERE email = ?", email))[0]
      ?.email_verified;

  describe("an address is confirmed", () => {
    test("by a mailed link: opening it changes nothing, its button does, once", async () => {
      const { email, browser } = await newPerson();
      await askToConfirm(browser);
      expect(mails).toEqual([
        expect.objectContaining({ from: "shop@example.com", to: email, subject: "Confirm your e-mail address" }),
      ]);
      const link = linkIn(mails[0]);
      const guest = browse();
      const page = await unchanged(world, () => guest.get(link));
      expect(page.headers.get("Referrer-Policy")).toBe("no-referrer");
      expect(await verified(email)).toBe(0);
      const done = await guest.submit(page, link, {});
      expect([done.status, await verified(email)]).toEqual([200, 1]);
      expect((await guest.get(link)).status).toBe(404);
      expect(await world.all("SELECT * FROM verification WHERE identifier LIKE ?", `%${link.split("/")[2]}%`)).toEqual(
        [],
      );
    });

    test("not by a link of an address that was changed since, that ran out, or that is another kind's", async () => {
      const changed = await newPerson();
      await askToConfirm(changed.browser);
      const link = linkIn(mails[0]);
      const guest = browse();
      const page = await guest.get(link);
      await world.db.prepare("UPDATE user SET email = 'other@example.com' WHERE email = ?").bind(changed.email).run();
      expect((await guest.submit(page, link, {})).status).toBe(404);
      expect(await verified("other@example.com")).toBe(0);

      await askToConfirm((await newPerson()).browser);
      const late = linkIn(mails[0]);
      expect((await guest.get(late.replace("verify-email", "reset-password"))).status).toBe(404);
      expect((await guest.get(late.replace("verify-email", "owner-setup"))).status).toBe(404);
      expect((await guest.get(late)).status).toBe(200);
      world.skew(24 * 3600);
      expect((await guest.get(late)).status).toBe(404);
      world.skew(-24 * 3600);
    });

    test("again on asking, by the person alone; the newest link counts", async () => {
      const { browser } = await newPerson();
      const ask = () => askToConfirm(browser);
      expect((await ask()).headers.get("Location")).toBe(`${ORIGIN}/account?sent=1`);
      await ask();
      expect((await browse().get(linkIn(mails[0]))).status).toBe(404);
      expect((await browse().get(linkIn(mails[1]))).status).toBe(200);
      expect(mails).toHaveLength(2);
      expect((await browser.post("/account/verify-email", {})).status).toBe(403);
    });
  });

  describe("a forgotten password", () => {
    test("is set by a mailed link, once; all that the old one opened is over", async () => {
      const { email, browser } = await newPerson();
      const token = await world.grant({ email, password: "first password" }, "api");
      await forgotten(email.toUpperCase());
      const mail = mails.at(-1);
      expect(mail).toMatchObject({ to: email, subject: "Set a new password" });
      const link = linkIn(mail);
      const guest = browse();
      const page = await unchanged(world, () => guest.get(link));
      const short = await guest.submit(page, link, { password: "short" });
      expect([short.status, await short.clone().text()]).toEqual([422, expect.stringContaining("at least 10")]);
      const done = await guest.submit(short, link, { password: "second password" });
      expect(done.status).toBe(200);
      await expect(signIn(browse(), { email, password: "first password" })).rejects.toThrow("422");
      await signIn(browse(), { email, password: "second password" });
      expect((await browser.get("/account")).status).toBe(303);
      const call = await world.fetch("/api/operations/absent", {
        headers: { Authorization: `Bearer ${token.accessToken}` },
      });
      expect(call.status).toBe(401);
      expect((await guest.get(link)).status).toBe(404);
      // A reader of the mail has proven that the address is theirs.
      expect(await verified(email)).toBe(1);
    });

    test("of a known and of an unknown address looks the same", async () => {
      const { email } = await newPerson();
      const told = async (address: string) => {
        const answer = await forgotten(address);
        return [answer.status, [...answer.headers], (await answer.text()).replaceAll(address, "…")];
      };
      expect(await told(email)).toEqual(await told("nobody@example.com"));
      expect(mails).toHaveLength(1);
    });

    test("50 uses of one link at once set one password", async () => {
      const { email } = await newPerson();
      await forgotten(email);
      const link = linkIn(mails.at(-1));
      const browsers = await Promise.all(
        Array.from({ length: 50 }, async (_, at) => {
          const browser = browse();
          return { browser, page: await browser.get(link), password: `password of ${at}` };
        }),
      );
      const answers = await Promise.all(
        browsers.map(async ({ browser, page, password }) => (await browser.submit(page, link, { password })).status),
      );
      expect(answers.filter((status) => status === 200)).toHaveLength(1);
      expect(answers.filter((status) => status === 404)).toHaveLength(49);
    });

    test("is asked for 60 times a minute by a network, and never by another site's form", async () => {
      mails = openMailbox(world, countersOn(world.clock));
      const { most } = BOUNDS.accountRequests;
      const browser = browse();
      const page = await browser.get("/forgot-password");
      for (let at = 0; at < most; at++) {
        const answer = await browser.submit(page.clone(), "/forgot-password", { email: `stranger${at}@example.com` });
        expect(answer.status).toBe(200);
      }
      const refused = await browser.submit(page, "/forgot-password", { email: "stranger@example.com" });
      expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "60"]);
      expect((await browse().post("/forgot-password", { email: "x@example.com" })).status).toBe(403);
      expect(JSON.stringify(await world.all("SELECT * FROM bound_counts"))).not.toContain("stranger");
    });

    test("of the owner is reset at a confirmed address alone", async () => {
      await world.db.prepare("UPDATE user SET email_verified = 0 WHERE email = ?").bind(OWNER.email).run();
      await forgotten(OWNER.email);
      expect(mails).toEqual([]);
      await world.db.prepare("UPDATE user SET email_verified = 1 WHERE email = ?").bind(OWNER.email).run();
      await forgotten(OWNER.email);
      expect(mails).toHaveLength(1);
    });

    test("where no mail is sent is a matter for the business, and sign-up goes on", async () => {
      world.restart();
      const page = await (await browse().get("/forgot-password")).text();
      expect(page).toContain("No mail is sent from here");
      expect(page).not.toContain("<form");
      await newPerson();
      expect(mails).toEqual([]);
    });

    test("a message that is not taken changes no answer, and its words reach no log", async () => {
      const { email } = await newPerson();
      world.restart({
        MAIL_FROM: "shop@example.com",
        MAIL: { send: () => Promise.reject(new Error(`cannot send to ${email}`)) },
      });
      world.log.length = 0;
      expect((await forgotten(email)).status).toBe(200);
      expect(world.log).toContainEqual(expect.objectContaining({ event: "auth", name: "mail", code: "not_sent" }));
      expect(JSON.stringify(world.log)).not.toContain(email);
    });
  });
});
