import { describe, expect, test } from "vitest";
import { codeOf, stepAt, stepOf } from "../../src/auth/totp.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Browser, openBrowser, signIn, signUp } from "../support/oauth.ts";
import { appOf, FACTOR_PATH as PATH, setUpFactor, signInByCode } from "../support/second-factor.ts";
import { ORIGIN } from "../support/world.ts";
import { linkIn, openMailbox } from "./mailbox.ts";

describeInWorld("a second factor", { reset: true }, (world) => {
  let people = 0;
  // Sessions begin by the right clock: what was moved by a test before is moved back.

  const browse = () => openBrowser(world.send, ORIGIN);

  /** A person with a second factor, and what their app and their paper hold. */
  async function protectedPerson() {
    const person = { name: "Sia Safe", email: `sia${++people}@example.com`, password: "sia's password" };
    const browser = browse();
    await signUp(browser, person);
    return { ...person, browser, ...(await setUpFactor(world, browser)) };
  }

  /** The page that asks for the code, after the right password. */
  async function passwordStep(browser: Browser, { email, password }: { email: string; password: string }) {
    const page = await browser.submit(await browser.get("/sign-in?returnTo=/owner?x=1"), "/sign-in", {
      email,
      password,
    });
    expect(page.status).toBe(200);
    return page;
  }

  test("codes are those of RFC 6238, appendix B, and are good one step around", () => {
    const secret = new TextEncoder().encode("12345678901234567890");
    for (const [seconds, code] of [
      [59, "287082"],
      [1111111109, "081804"],
      [1111111111, "050471"],
      [1234567890, "005924"],
      [2000000000, "279037"],
      [20000000000, "353130"],
    ] as const) {
      expect(codeOf(secret, stepAt(seconds * 1000))).toBe(code);
    }
    const now = 59_000;
    expect([-30, 0, 30].map((skew) => stepOf(secret, "287082", now + skew * 1000, 0))).toEqual([1, 1, 1]);
    expect([-60, 60].map((skew) => stepOf(secret, "287082", now + skew * 1000, 0))).toEqual([undefined, undefined]);
    expect(stepOf(secret, "287082", now, 1)).toBeUndefined();
    for (const other of ["", "28708", "2870822", "２８７０８２", "abcdef"])
      expect(stepOf(secret, other, now, 0)).toBeUndefined();
  });

  describe("signing in with a second factor", () => {
    test("takes the password, then a code of the app's; the password alone opens nothing", async () => {
      const person = await protectedPerson();
      const browser = browse();
      const sessions = () =>
        world.all("SELECT id FROM session WHERE user_id = (SELECT id FROM user WHERE email = ?)", person.email);
      const before = (await sessions()).length;
      const page = await passwordStep(browser, person);
      expect([...browser.cookies.keys()].filter((name) => name.includes("session"))).toEqual([]);
      expect(await sessions()).toHaveLength(before);
      expect((await browser.get("/account")).status).toBe(303);
      const wrong = await browser.submit(page, "/sign-in/code", { code: "000000" });
      expect([wrong.status, await wrong.clone().text()]).toEqual([422, expect.stringContaining("not the code")]);
      const right = await browser.submit(wrong, "/sign-in/code", { code: person.code().replace(/^.../, "$& ") });
      expect([right.status, right.headers.get("Location")]).toEqual([303, `${ORIGIN}/owner?x=1`]);
      expect((await browser.get("/account")).status).toBe(200);
    });

    test("a code and a challenge are good once, and the challenge for five minutes", async () => {
      const person = await protectedPerson();
      const [first, second] = [browse(), browse()];
      const [one, two] = [await passwordStep(first, person), await passwordStep(second, person)];
      const code = person.code();
      const kept = two.clone();
      const racers = await Promise.all([
        second.submit(two.clone(), "/sign-in/code", { code }),
        second.submit(two.clone(), "/sign-in/code", { code }),
      ]);
      expect(racers.filter(({ status }) => status === 303)).toHaveLength(1);
      expect((await second.submit(kept, "/sign-in/code", { code: person.codes[0] ?? "" })).status).toBe(422);
      // Repeated sign-ins by a person who knows the password do not keep the account's person from finishing.
      expect((await first.submit(one, "/sign-in/code", { code: person.codes[1] ?? "" })).status).toBe(303);
      const third = browse();
      const page = await passwordStep(third, person);
      expect((await third.submit(page.clone(), "/sign-in/code", { code })).status).toBe(422);
      world.skew(301);
      const late = await third.submit(page, "/sign-in/code", { code: person.code() });
      expect([late.status, await late.text()]).toEqual([422, expect.stringContaining("took too long")]);
    });

    test("a recovery code signs in once", async () => {
      const person = await protectedPerson();
      expect(new Set(person.codes).size).toBe(10);
      const [code = ""] = person.codes;
      const browser = browse();
      const done = await browser.submit(await passwordStep(browser, person), "/sign-in/code", {
        code: code.toLowerCase(),
      });
      expect(done.status).toBe(303);
      const again = browse();
      expect((await again.submit(await passwordStep(again, person), "/sign-in/code", { code })).status).toBe(422);
      const stored = JSON.stringify(await world.all("SELECT * FROM recovery_codes"));
      for (const one of person.codes) expect(stored).not.toContain(one.replaceAll("-", ""));
    });

    test("ten wrong codes rest it for a quarter of an hour, all at once too, the right one included", async () => {
      const person = await protectedPerson();
      const browser = browse();
      const page = await passwordStep(browser, person);
      const guesses = Array.from({ length: 30 }, (_, at) =>
        browser.submit(page.clone(), "/sign-in/code", { code: String(100_000 + at) }),
      );
      const statuses = (await Promise.all(guesses)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 422)).toHaveLength(10);
      expect(statuses.filter((status) => status === 429)).toHaveLength(20);
      expect((await browser.submit(page.clone(), "/sign-in/code", { code: person.code() })).status).toBe(429);
      // A recovery code can't be guessed, so it is taken all the same: an attacker can't keep the person out.
      expect((await browser.submit(page.clone(), "/sign-in/code", { code: "AAAAA-AAAAA-AAAAA-AAAAA" })).status).toBe(
        429,
      );
      const rescued = browse();
      const [recovery = ""] = person.codes;
      const step = await passwordStep(rescued, person);
      expect((await rescued.submit(step, "/sign-in/code", { code: recovery })).status).toBe(303);
    });

    test("after a quarter of an hour of rest the app's code is right again", async () => {
      const person = await protectedPerson();
      const browser = browse();
      const page = await passwordStep(browser, person);
      for (let at = 0; at < 11; at++) await browser.submit(page.clone(), "/sign-in/code", { code: "000000" });
      expect((await browser.submit(page.clone(), "/sign-in/code", { code: person.code() })).status).toBe(429);
      world.skew(15 * 60 + 1);
      const later = browse();
      const done = await later.submit(await passwordStep(later, person), "/sign-in/code", { code: person.code() });
      expect(done.status).toBe(303);
    });

    test("for scripts the code goes beside the password", async () => {
      const person = await protectedPerson();
      const post = (body: unknown) =>
        world.fetch("/api/auth/sign-in/email", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(body),
        });
      const { email, password } = person;
      const without = await post({ email, password });
      expect([without.status, ((await without.json()) as { code: string }).code]).toEqual([
        401,
        "SECOND_FACTOR_REQUIRED",
      ]);
      expect(without.headers.getSetCookie()).toEqual([]);
      expect((await post({ email, password, code: "000000" })).status).toBe(401);
      const done = await post({ email, password, code: person.code() });
      const set = done.headers.getSetCookie().map((cookie) => cookie.split("=")[0]);
      expect([done.status, set]).toEqual([200, ["__Host-commerce.session_token", "__Host-commerce.known"]]);
    });

    test("a secret of the server's can be retired once the factor was used", async () => {
      const person = await protectedPerson();
      const next = "test-secret-test-secret-test-secret-0002";
      world.restart({ SERVER_SECRET: `${next},${world.bindings.SERVER_SECRET}` });
      let browser = browse();
      expect(
        (await browser.submit(await passwordStep(browser, person), "/sign-in/code", { code: person.code() })).status,
      ).toBe(303);
      world.restart({ SERVER_SECRET: next });
      world.skew(60);
      browser = browse();
      expect(
        (await browser.submit(await passwordStep(browser, person), "/sign-in/code", { code: person.code() })).status,
      ).toBe(303);
      world.restart();
    });
  });

  describe("turning it on and off", () => {
    test("is for a fresh sign-in, with a right code; until it is confirmed it guards nothing", async () => {
      const person = { name: "Uli", email: "uli@example.com", password: "uli's password" };
      const browser = browse();
      await signUp(browser, person);
      await browser.submit(await browser.get(PATH), PATH, { action: "begin" });
      const page = await browser.get(PATH);
      expect((await browser.submit(page.clone(), PATH, { action: "confirm", code: "000000" })).status).toBe(422);
      await signIn(browse(), person);
      world.skew(16 * 60);
      expect((await browser.get(PATH)).headers.get("Location")).toContain("again=1");
      expect((await browser.post(PATH, { action: "begin" })).headers.get("Location")).toContain("again=1");
      world.skew(-16 * 60);
      expect((await browser.post(PATH, { action: "begin" })).status).toBe(403);
    });

    test("on and off, each ends every other session in the same commit, and the person is told by mail", async () => {
      const person = { name: "Tom Two", email: "tom@example.com", password: "tom's password" };
      const [here, there] = [browse(), browse()];
      await signUp(here, person);
      await signIn(there, person);
      const mails = openMailbox(world);
      const stolen = new Map(here.cookies);
      const app = await setUpFactor(world, here);
      expect(await app.shown.text()).toContain("You were signed out everywhere else");
      expect((await there.get("/account")).status).toBe(303);
      expect((await here.get("/account")).status).toBe(200);
      // A copy of the cookie from before has no share in what was proven since.
      const thief = browse();
      for (const [name, value] of stolen) thief.cookies.set(name, value);
      expect((await thief.get("/account")).status).toBe(303);
      expect((await signInByCode(there, person, app.code())).status).toBe(303);
      world.skew(60);
      const off = await here.submit(await here.get(PATH), PATH, { action: "stop", code: app.code() });
      expect(off.status).toBe(303);
      expect([(await there.get("/account")).status, (await here.get("/account")).status]).toEqual([303, 200]);
      expect(mails.map(({ to, subject }) => [to, subject])).toEqual([
        [person.email, "A second factor was turned on"],
        [person.email, "Your second factor was turned off"],
      ]);
      world.restart();
    });

    test("what is in force is not confirmed again, and no code puts another key into force than the one shown", async () => {
      const person = await protectedPerson();
      const { browser } = person;
      const token = /name="formToken" value="([^"]+)"/.exec(await (await browser.get(PATH)).text())?.[1] ?? "";
      for (const action of ["confirm", "begin"]) {
        const again = await browser.post(PATH, { formToken: token, action, code: person.code() });
        expect([again.status, await again.text()]).toEqual([409, expect.stringContaining("on already")]);
      }
      expect(
        (
          await world.all(
            "SELECT code_sha256 FROM recovery_codes WHERE user_id = (SELECT id FROM user WHERE email = ?)",
            person.email,
          )
        ).length,
      ).toBe(10);

      const other = { name: "Sue Swapped", email: "sue@example.com", password: "sue's password" };
      const hers = browse();
      await signUp(hers, other);
      await hers.submit(await hers.get(PATH), PATH, { action: "begin" });
      const shown = await hers.get(PATH);
      const code = appOf(world, await shown.clone().text());
      await hers.submit(await shown.clone(), PATH, { action: "begin" });
      const swapped = await hers.get(PATH);
      const late = await hers.submit(shown.clone(), PATH, { action: "confirm", code: code() });
      expect([late.status, await late.text()]).toEqual([409, expect.stringContaining("Another key")]);
      // Not by the code of the key that came in between either, from the page that showed the first.
      const theirs = appOf(world, await swapped.clone().text());
      expect((await hers.submit(shown, PATH, { action: "confirm", code: theirs() })).status).toBe(409);
      const racers = await Promise.all(
        Array.from({ length: 10 }, () => hers.submit(swapped.clone(), PATH, { action: "confirm", code: theirs() })),
      );
      expect(racers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(
        (
          await world.all(
            "SELECT code_sha256 FROM recovery_codes WHERE user_id = (SELECT id FROM user WHERE email = ?)",
            other.email,
          )
        ).length,
      ).toBe(10);
    });

    test("a key is shown to the session that began it alone; the password alone neither shows nor confirms it", async () => {
      const person = { name: "Kay Keyed", email: "kay@example.com", password: "kay's password" };
      const [owner, thief] = [browse(), browse()];
      await signUp(owner, person);
      await signIn(thief, person);
      await owner.submit(await owner.get(PATH), PATH, { action: "begin" });
      const shown = await owner.get(PATH);
      const hers = appOf(world, await shown.clone().text());
      const looked = await thief.get(PATH);
      expect(await looked.clone().text()).not.toMatch(/<code>|otpauth:/);
      await thief.submit(looked, PATH, { action: "begin" });
      const his = appOf(world, await (await thief.get(PATH)).text());
      expect(his()).not.toBe(hers());
      const name = /name="shown" value="([^"]+)"/.exec(await shown.clone().text())?.[1] ?? "";
      const forged = await thief.submit(await thief.get(PATH), PATH, { action: "confirm", shown: name, code: hers() });
      expect(forged.status).toBe(409);
      // What the thief began disturbs nothing, and ends with their session.
      expect((await owner.submit(shown, PATH, { action: "confirm", code: hers() })).status).toBe(200);
      expect((await thief.get("/account")).status).toBe(303);
      expect(
        await world.all(
          "SELECT s.id FROM begun_second_factors b JOIN session s ON s.id = b.session_id WHERE s.user_id = (SELECT id FROM user WHERE email = ?)",
          person.email,
        ),
      ).toEqual([]);
      world.skew(60);
      expect((await signInByCode(browse(), person, his())).status).toBe(422);
      expect((await signInByCode(browse(), person, hers())).status).toBe(303);
    });

    test("it moves to another app with a code of the old one, which counts until the other one has shown its first", async () => {
      const person = await protectedPerson();
      const { browser } = person;
      const there = browse();
      await signInByCode(there, person, person.code());
      world.skew(60);
      const mails = openMailbox(world);
      const wrong = await browser.submit(await browser.get(PATH), PATH, { action: "move", code: "000000" });
      expect([wrong.status, await (await browser.get(PATH)).text()]).toEqual([
        422,
        expect.not.stringContaining("otpauth:"),
      ]);
      expect((await browser.submit(wrong, PATH, { action: "move", code: person.code() })).status).toBe(303);
      // Left off, it has changed nothing.
      const left = await browser.get(PATH);
      await browser.submit(left.clone(), PATH, { action: "keep" });
      expect(await (await browser.get(PATH)).text()).not.toContain("otpauth:");
      const late = appOf(world, await left.clone().text());
      expect((await browser.submit(left, PATH, { action: "confirm", code: late() })).status).toBe(409);

      await browser.submit(await browser.get(PATH), PATH, { action: "move", code: person.codes[0] ?? "" });
      const shown = await browser.get(PATH);
      const next = appOf(world, await shown.clone().text());
      expect(await (await there.get(PATH)).text()).not.toContain("otpauth:");
      world.skew(60);
      expect((await signInByCode(browse(), person, next())).status).toBe(422);
      expect((await signInByCode(browse(), person, person.code())).status).toBe(303);
      const done = await browser.submit(shown, PATH, { action: "confirm", code: next() });
      expect([done.status, await done.text()]).toEqual([200, expect.stringContaining("Your new app is in use")]);
      expect([(await there.get("/account")).status, (await browser.get("/account")).status]).toEqual([303, 200]);
      expect(mails.map(({ subject }) => subject)).toEqual(["Your second factor was moved to another app"]);
      world.skew(60);
      for (const code of [person.code(), person.codes[1] ?? ""]) {
        expect((await signInByCode(browse(), person, code)).status).toBe(422);
      }
      expect((await signInByCode(browse(), person, next())).status).toBe(303);
      world.restart();
    });

    test("off takes a code too", async () => {
      const person = await protectedPerson();
      const { browser } = person;
      const wrong = await browser.submit(await browser.get(PATH), PATH, { action: "stop", code: "000000" });
      expect(wrong.status).toBe(422);
      expect((await browser.submit(wrong, PATH, { action: "stop", code: person.code() })).status).toBe(303);
      await signIn(browse(), person);
      expect(
        await world.all(
          "SELECT 1 FROM recovery_codes WHERE user_id = (SELECT id FROM user WHERE email = ?)",
          person.email,
        ),
      ).toEqual([]);
    });

    test("a password reset leaves it in force at a confirmed address, and takes a stranger's away at another", async () => {
      const [sure, unsure] = [await protectedPerson(), await protectedPerson()];
      const mails = openMailbox(world);
      const reset = async (email: string) => {
        const browser = browse();
        await browser.submit(await browser.get("/forgot-password"), "/forgot-password", { email });
        const link = linkIn(mails.at(-1));
        await browser.submit(await browser.get(link), link, { password: "another password" });
      };
      await world.db.prepare("UPDATE user SET email_verified = 1 WHERE email = ?").bind(sure.email).run();
      await reset(sure.email);
      await passwordStep(browse(), { email: sure.email, password: "another password" });
      await reset(unsure.email);
      await signIn(browse(), { email: unsure.email, password: "another password" });
      world.restart();
    });
  });
});
