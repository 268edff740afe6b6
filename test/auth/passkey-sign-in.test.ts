import { describe, expect, test } from "vitest";
import { userHandleOf } from "../../src/auth/webauthn.ts";
import { makeKey, questionIn, sign } from "../support/authenticator.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { signIn } from "../support/oauth.ts";
import { addPasskey, PASSKEYS_PATH as PATH, signInByPasskey, withPasskey } from "../support/passkeys.ts";
import { FACTOR_PATH, setUpFactor, signInByCode } from "../support/second-factor.ts";
import { ORIGIN, OWNER } from "../support/world.ts";
import { openMailbox } from "./mailbox.ts";
import { passkeyPeople } from "./passkey-people.ts";

describeInWorld("passkeys at sign-in", { reset: true }, (world) => {
  const { browse, person, stored, audited, isSignedIn, passwordStep, answerStep } = passkeyPeople(world);

  describe("signing in with one", () => {
    test("one refusal for all that opens nothing, and no row changes", async () => {
      const [{ browser, id }, other, erased] = [await person(), await person(), await person()];
      const { key } = await withPasskey(browser);
      const { key: removed } = await withPasskey(browser);
      const { key: gone } = await withPasskey(erased.browser);
      await erased.browser.submit(await erased.browser.get("/account/delete"), "/account/delete", {});
      const page = await (await browser.get(PATH)).text();
      const formToken = /name="formToken" value="([^"]+)"/.exec(page)?.[1] ?? "";
      await browser.post(PATH, { formToken, action: "remove", credentialId: removed.id });
      const before = JSON.stringify([await stored(id), await world.all("SELECT id FROM session")]);
      const unknown = { ...(await makeKey()), userHandle: userHandleOf(id) };
      const answers = [
        await signInByPasskey(browse(), unknown),
        await signInByPasskey(browse(), removed),
        await signInByPasskey(browse(), gone),
        await signInByPasskey(browse(), key, { spoiled: "signature" }),
        await signInByPasskey(browse(), key, { signer: unknown }),
        await signInByPasskey(browse(), key, { userVerified: false }),
        await signInByPasskey(browse(), key, { origin: "https://evil.example" }),
        await signInByPasskey(browse(), key, { rpId: "evil.example" }),
        await signInByPasskey(browse(), key, { userHandle: null }),
        await signInByPasskey(browse(), key, { userHandle: userHandleOf(other.id) }),
        await signInByPasskey(browse(), { ...key, counter: 0 }, { spoiled: "signature", counter: 0 }),
      ];
      const shown = await Promise.all(
        answers.map(async (answer) => {
          const html = await answer.text();
          return [answer.status, html.replaceAll(/formToken" value="[^"]*"|challenge&quot;:&quot;[\w-]*/g, "")];
        }),
      );
      expect(shown[0]).toEqual([422, expect.stringContaining("opens no account here")]);
      for (const one of shown) expect(one).toEqual(shown[0]);
      expect(JSON.stringify([await stored(id), await world.all("SELECT id FROM session")])).toBe(before);
      expect((await signInByPasskey(browse(), key)).status).toBe(303);
    });

    test("a challenge is this browser's, once, for a quarter of an hour; a GET of the page stores nothing", async () => {
      const { browser } = await person();
      const { key } = await withPasskey(browser, "EdDSA", { counts: false });
      const [here, there] = [browse(), browse()];
      const rows = () => world.all("SELECT id FROM verification");
      const before = await rows();
      const page = await here.get("/sign-in");
      expect(await rows()).toEqual(before);
      const { challenge } = questionIn(await page.clone().text(), "get");
      const credential = JSON.stringify(await sign(key, challenge));
      const elsewhere = await there.submit(await there.get("/sign-in"), "/sign-in/passkey", { credential });
      expect([elsewhere.status, await elsewhere.text()]).toEqual([422, expect.stringContaining("too long")]);
      const racers = await Promise.all(
        Array.from({ length: 10 }, () => here.submit(page.clone(), "/sign-in/passkey", { credential })),
      );
      expect(racers.filter(({ status }) => status === 303)).toHaveLength(1);
      expect((await here.submit(page.clone(), "/sign-in/passkey", { credential })).status).toBe(422);
      const adding = questionIn(await (await browser.get(PATH)).text(), "create").challenge;
      const crossed = JSON.stringify(await sign(key, adding));
      expect((await here.submit(page.clone(), "/sign-in/passkey", { credential: crossed })).status).toBe(422);
      const old = await there.get("/sign-in");
      const late = JSON.stringify(await sign(key, questionIn(await old.clone().text(), "get").challenge));
      world.skew(15 * 60 + 1);
      expect((await there.submit(old, "/sign-in/passkey", { credential: late })).status).toBe(422);
      expect((await here.post("/sign-in/passkey", { credential })).status).toBe(403);
    });

    test("it is a new session, and this browser's former one ends", async () => {
      const [one, two] = [await person(), await person()];
      const { key } = await withPasskey(two.browser);
      await signInByPasskey(one.browser, key);
      expect(await (await one.browser.get("/account")).text()).toContain(two.email);
      expect(await world.all("SELECT id FROM session WHERE user_id = ?", one.id)).toEqual([]);
      expect([...one.browser.cookies.keys()]).toContain("__Host-commerce.known");
    });

    test("a counter that does not grow is refused, audited and told; two uses of one counter are one", async () => {
      const { browser, id, email, ...rest } = await person();
      const { key, codes } = await withPasskey(browser);
      const mails = openMailbox(world);
      await world.db.prepare("UPDATE passkeys SET counter = 40 WHERE credential_id = ?").bind(key.id).run();
      for (const counter of [40, 39, 0]) {
        const answer = await signInByPasskey(browse(), key, { counter });
        const html = await answer.text();
        expect([answer.status, html]).toEqual([422, expect.stringContaining("a copy of it may exist")]);
        expect(html).toContain("remove the passkey");
      }
      expect(await audited(id)).toEqual(["passkey_added", ...Array(3).fill("passkey_counter_refused")]);
      expect(mails.map(({ to, subject }) => [to, subject])).toEqual(Array(3).fill([email, "A passkey was refused"]));
      expect(await stored(id)).toMatchObject([{ counter: 40, last_used_at: null }]);
      const step = browse();
      const page = await passwordStep(step, { email, ...rest });
      const refused = await answerStep(step, page, key, { counter: 12 });
      expect([refused.status, await refused.clone().text()]).toEqual([422, expect.stringContaining("a copy of it")]);
      // The step still takes a code: the way to remove the key.
      const done = await step.submit(refused, "/sign-in/code", { code: codes[0] ?? "" });
      expect(done.status).toBe(303);
      const browsers = Array.from({ length: 6 }, browse);
      const racers = await Promise.all(browsers.map((one) => signInByPasskey(one, { ...key }, { counter: 41 })));
      expect(racers.filter(({ status }) => status === 303)).toHaveLength(1);
      world.restart();
    });

    test("it stands outside of the bound on guesses, and inside that of a network", async () => {
      const { browser, email } = await person();
      const { key } = await withPasskey(browser);
      const stranger = browse();
      for (let at = 0; at < 21; at++) {
        await stranger.submit(await stranger.get("/sign-in"), "/sign-in", { email, password: "wrong password" });
      }
      const full = await stranger.submit(await stranger.get("/sign-in"), "/sign-in", {
        email,
        password: "wrong password",
      });
      expect(full.status).toBe(429);
      expect((await signInByPasskey(stranger, key)).status).toBe(303);
      world.restart({ SIGN_IN_LIMIT: { limit: async () => ({ success: false }) } });
      const bounded = await signInByPasskey(browse(), key);
      expect([bounded.status, bounded.headers.get("Retry-After")]).toEqual([429, "60"]);
    });

    test("secrets of the server are replaced, and devices keep their keys", async () => {
      const { browser } = await person();
      const { key } = await withPasskey(browser);
      const next = "test-secret-test-secret-test-secret-0003";
      world.restart({ SERVER_SECRET: next });
      expect((await signInByPasskey(browse(), key)).status).toBe(303);
    });
  });

  describe("as second factor", () => {
    test("after the password: by key, code or recovery code; another's key and a used step open nothing", async () => {
      const { browser, ...credentials } = await person();
      const stranger = await person();
      const { key: strange } = await withPasskey(stranger.browser);
      const app = await setUpFactor(world, browser);
      const { key, codes } = await withPasskey(browser);
      expect(codes).toEqual([]);
      const here = browse();
      const page = await passwordStep(here, credentials);
      const html = await page.clone().text();
      expect(html).toContain("Use a passkey of this account, or type the code of your authenticator app");
      expect(questionIn(html, "get").allowCredentials).toMatchObject([{ id: key.id }]);
      expect(await isSignedIn(here)).toBe(false);
      for (const wrong of [
        await answerStep(here, page.clone(), strange),
        await answerStep(here, page.clone(), key, { userVerified: false }),
        await answerStep(here, page.clone(), key, { userHandle: userHandleOf(stranger.id) }),
        await here.submit(page.clone(), "/sign-in/code", { credential: "{}" }),
      ]) {
        expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining("opens no account here")]);
      }
      const alone = await browse().get("/sign-in");
      const crossed = JSON.stringify(await sign(key, questionIn(await alone.text(), "get").challenge));
      expect((await here.submit(page.clone(), "/sign-in/code", { credential: crossed })).status).toBe(422);
      const done = await answerStep(here, page.clone(), key);
      expect([done.status, done.headers.get("Location")]).toEqual([303, `${ORIGIN}/account/data`]);
      expect((await answerStep(browse(), page.clone(), key)).status).toBe(403);
      const again = await answerStep(here, page, key);
      expect([again.status, await again.text()]).toEqual([422, expect.stringContaining("too long")]);
      expect((await signInByCode(browse(), credentials, app.code())).status).toBe(303);
      expect((await signInByCode(browse(), credentials, app.codes[0] ?? "")).status).toBe(303);
    });

    test("a person with passkeys alone has recovery codes, each good once, and can make new ones", async () => {
      const { browser, ...credentials } = await person();
      const { codes } = await withPasskey(browser);
      const page = await passwordStep(browse(), credentials);
      expect(await page.text()).toContain("or type one of your recovery codes");
      const wrong = await signInByCode(browse(), credentials, "000000");
      expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining("not an unused recovery code")]);
      expect((await signInByCode(browse(), credentials, codes[0] ?? "")).status).toBe(303);
      expect((await signInByCode(browse(), credentials, codes[0] ?? "")).status).toBe(422);
      const json = await world.fetch("/api/auth/sign-in/email", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ email: credentials.email, password: credentials.password }),
      });
      expect([json.status, json.headers.getSetCookie()]).toEqual([401, []]);
      const fresh = await browser.submit(await browser.get(PATH), PATH, { action: "codes" });
      const renewed = Array.from(
        (await fresh.text()).matchAll(/<code>([A-Z2-7-]{23})<\/code>/g),
        ([, code]) => code ?? "",
      );
      expect(new Set([...codes, ...renewed]).size).toBe(20);
      expect((await signInByCode(browse(), credentials, codes[1] ?? "")).status).toBe(422);
      expect((await signInByCode(browse(), credentials, renewed[0] ?? "")).status).toBe(303);
    });

    test("the last one's removal turns the factor off; while another is left, it and the codes stay", async () => {
      const { browser, ...credentials } = await person();
      const { key, codes } = await withPasskey(browser);
      const app = await setUpFactor(world, browser);
      const left = async () =>
        (await world.all("SELECT 1 FROM recovery_codes WHERE user_id = ?", credentials.id)).length;
      const form = async (fields: Record<string, string>) => {
        const page = await (await browser.get(PATH)).text();
        return browser.post(PATH, { formToken: /name="formToken" value="([^"]+)"/.exec(page)?.[1] ?? "", ...fields });
      };
      // The set-up of the app has made new ones.
      expect((await signInByCode(browse(), credentials, codes[0] ?? "")).status).toBe(422);
      await browser.submit(await browser.get(FACTOR_PATH), FACTOR_PATH, { action: "stop", code: app.code() });
      expect(await left()).toBe(10);
      expect((await browser.get(PATH)).status).toBe(200);
      expect(await (await passwordStep(browse(), credentials)).text()).toContain("recovery codes");
      expect((await form({ action: "remove", credentialId: "AAAA" })).status).toBe(409);
      const removed = await form({ action: "remove", credentialId: key.id });
      expect([removed.status, removed.headers.get("Location")]).toEqual([303, `${ORIGIN}${PATH}?done=removed`]);
      expect(await left()).toBe(0);
      await signIn(browse(), credentials);
      const rows = await world.all("SELECT second_factor FROM session WHERE user_id = ?", credentials.id);
      expect(rows).toEqual([{ second_factor: 0 }, { second_factor: 0 }]);
    });

    test("two removals at once leave no person without a factor who still has to prove one", async () => {
      const { browser, ...credentials } = await person();
      const keys = [await withPasskey(browser), await withPasskey(browser)];
      const page = await (await browser.get(PATH)).text();
      const formToken = /name="formToken" value="([^"]+)"/.exec(page)?.[1] ?? "";
      const answers = await Promise.all(
        keys.map(({ key }) => browser.post(PATH, { formToken, action: "remove", credentialId: key.id })),
      );
      const left = await stored(credentials.id);
      expect(left.length + answers.filter(({ status }) => status === 303).length).toBe(2);
      const codes = await world.all("SELECT 1 FROM recovery_codes WHERE user_id = ?", credentials.id);
      expect(codes.length).toBe(left.length > 0 ? 10 : 0);
    });

    test("the owner's authority takes a passkey as its factor, on each way", async () => {
      world.restart({ OWNER_SECOND_FACTOR: "required" });
      const browser = browse();
      await signIn(browser, OWNER);
      const led = (await browser.get("/owner")).headers.get("Location") ?? "";
      expect(led).toContain(FACTOR_PATH);
      const setUp = await browser.get(led);
      const html = await setUp.clone().text();
      expect(html.indexOf("A passkey</h2>")).toBeGreaterThan(0);
      expect(html.indexOf("A passkey</h2>")).toBeLessThan(html.indexOf("Or an authenticator app"));
      const key = await makeKey();
      const added = await addPasskey(browser, key, { path: led.slice(ORIGIN.length) });
      expect(await added.text()).toContain('href="/owner"');
      expect((await browser.get("/owner")).status).toBe(200);
      const [alone, after] = [browse(), browse()];
      const answer = await signInByPasskey(alone, key, { returnTo: "/owner/people" });
      expect(answer.headers.get("Location")).toBe(`${ORIGIN}/owner/people`);
      const { browser: theirs, email } = await person();
      await withPasskey(theirs);
      const listed = await (await alone.get("/owner/people")).text();
      expect(listed.split("</tr>").find((row) => row.includes(email))).toContain("<span>passkey</span>");
      expect((await answerStep(after, await passwordStep(after, OWNER), key)).status).toBe(303);
      expect((await after.get("/owner")).status).toBe(200);
      await world.db.prepare("DELETE FROM passkeys").run();
      await world.db.prepare("DELETE FROM recovery_codes").run();
    });
  });
});
