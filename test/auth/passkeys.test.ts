import { describe, expect, test } from "vitest";
import { userHandleOf } from "../../src/auth/webauthn.ts";
import { type Algorithm, makeKey, questionIn, type RegistrationKnobs, register } from "../support/authenticator.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Browser, signIn } from "../support/oauth.ts";
import { addPasskey, PASSKEYS_PATH as PATH, signInByPasskey, withPasskey } from "../support/passkeys.ts";
import { setUpFactor } from "../support/second-factor.ts";
import { ORIGIN } from "../support/world.ts";
import { openMailbox } from "./mailbox.ts";
import { passkeyPeople } from "./passkey-people.ts";

describeInWorld("passkeys", { reset: true }, (world) => {
  const { browse, person, stored, audited, isSignedIn, passwordStep } = passkeyPeople(world);

  describe("adding one", () => {
    test.each<Algorithm>(["ES256", "EdDSA", "RS256"])("of %s: it then signs in by itself", async (algorithm) => {
      const { browser, id } = await person();
      const { key, codes } = await withPasskey(browser, algorithm);
      expect(new Set(codes).size).toBe(10);
      expect(await stored(id)).toMatchObject([{ name: "Blue phone", transports: '["internal"]', backed_up: 0 }]);
      const other = browse();
      const answer = await signInByPasskey(other, key, { returnTo: "/account/data" });
      expect([answer.status, answer.headers.get("Location")]).toEqual([303, `${ORIGIN}/account/data`]);
      expect(await isSignedIn(other)).toBe(true);
      const [row] = await world.all("SELECT second_factor FROM session WHERE user_id = ? ORDER BY created_at DESC", id);
      expect(row).toEqual({ second_factor: 1 });
      expect(await stored(id)).toMatchObject([{ counter: key.counter, last_used_at: expect.any(Number) }]);
      expect(key.counter).toBe(2);
    });

    test("asks for a key that names its person by a handle of ours, verified, and none that they have", async () => {
      const { browser, id, email } = await person();
      const { key } = await withPasskey(browser);
      const asked = questionIn(await (await browser.get(PATH)).text(), "create");
      expect(asked).toMatchObject({
        rp: { id: "app.test" },
        user: { id: userHandleOf(id), name: email },
        attestation: "none",
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
        excludeCredentials: [{ id: key.id }],
        pubKeyCredParams: [{ alg: -8 }, { alg: -7 }, { alg: -257 }],
      });
      expect(Buffer.from(userHandleOf(id), "base64url")).toHaveLength(32);
      expect(Buffer.from(asked.challenge, "base64url").length).toBeGreaterThanOrEqual(16);
    });

    test.each<[string, RegistrationKnobs]>([
      ["another origin", { origin: "https://evil.example" }],
      ["another RP id", { rpId: "evil.example" }],
      ["no user verification", { userVerified: false }],
      ["no user presence", { userPresent: false }],
      ["a sign-in's ceremony", { type: "webauthn.get" }],
      ["a frame", { crossOrigin: true }],
      ["a format that is unknown", { format: "made-up" }],
      ["a statement where there is none", { statement: { sig: new Uint8Array(64) } }],
      [
        "certificates",
        { format: "packed", statement: { alg: -7, sig: new Uint8Array(64), x5c: [new Uint8Array(300)] } },
      ],
      [
        "a phone's certificates",
        { format: "android-key", statement: { alg: -7, sig: new Uint8Array(8), x5c: [new Uint8Array(9)] } },
      ],
      ["a company's certificates", { format: "apple", statement: { x5c: [new Uint8Array(9), new Uint8Array(9)] } }],
      [
        "a TPM's statement",
        { format: "tpm", statement: { ver: "2.0", alg: -7, sig: new Uint8Array(8), x5c: [new Uint8Array(9)] } },
      ],
    ])("is refused with %s, and nothing is stored", async (_, knobs) => {
      const { browser, id } = await person();
      const answer = await addPasskey(browser, await makeKey(), knobs);
      expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining("can&#39;t be used here")]);
      expect([await stored(id), await audited(id)]).toEqual([[], []]);
      expect(world.log.filter(({ event }) => event === "internal")).toEqual([]);
    });

    test("is refused for text that is no answer, and for one named otherwise than its key", async () => {
      const { browser, id } = await person();
      const key = await makeKey();
      for (const spoil of [
        () => "",
        () => "{}",
        () => "null",
        (made: string) => made.replace('"public-key"', '"password"'),
        (made: string) => made.replaceAll(key.id, "AAAA"),
        (made: string) => made.replace(/"attestationObject":"[^"]*"/, '"attestationObject":"oWNmbXRkbm9uZQ"'),
        (made: string) => made.replace(/"clientDataJSON":"[^"]*"/, '"clientDataJSON":"bnVsbA"'),
        (made: string) => made.replace(/"clientDataJSON":"[^"]*"/, '"clientDataJSON":"AAAA"'),
      ]) {
        const page = await browser.get(PATH);
        const { challenge } = questionIn(await page.clone().text(), "create");
        const credential = spoil(JSON.stringify(await register(key, challenge)));
        expect((await browser.submit(page, PATH, { action: "add", name: "x", credential })).status).toBe(422);
      }
      expect(await stored(id)).toEqual([]);
    });

    test("takes a challenge of this session's page, once, for a quarter of an hour", async () => {
      const [one, two] = [await person(), await person()];
      const signInPage = await one.browser.get("/sign-in?again=1");
      const page = await one.browser.get(PATH);
      const html = await page.clone().text();
      const { challenge } = questionIn(html, "create");
      const padded = `${challenge.slice(0, -1)}${challenge.endsWith("A") ? "B" : "A"}`;
      for (const wrong of [
        questionIn(await signInPage.text(), "get").challenge,
        questionIn(await (await two.browser.get(PATH)).text(), "create").challenge,
        Buffer.from(crypto.getRandomValues(new Uint8Array(54))).toString("base64url"),
        padded,
        "",
        "AAAA",
      ]) {
        const credential = JSON.stringify(await register(await makeKey(), wrong));
        const answer = await one.browser.submit(page.clone(), PATH, { action: "add", name: "x", credential });
        expect([wrong, answer.status, await answer.text()]).toEqual([wrong, 422, expect.stringContaining("too long")]);
      }
      const racers = await Promise.all(
        Array.from({ length: 8 }, async () => {
          const credential = JSON.stringify(await register(await makeKey(), challenge));
          return one.browser.submit(page.clone(), PATH, { action: "add", name: "x", credential });
        }),
      );
      expect(racers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(await stored(one.id)).toHaveLength(1);
      const late = await two.browser.get(PATH);
      world.skew(15 * 60 + 1);
      const credential = JSON.stringify(
        await register(await makeKey(), questionIn(await late.clone().text(), "create").challenge),
      );
      const answer = await two.browser.submit(late, PATH, { action: "add", name: "x", credential });
      expect([answer.status, answer.headers.get("Location")]).toEqual([303, expect.stringContaining("/sign-in?")]);
      expect(await stored(two.id)).toEqual([]);
    });

    test("is refused for a key of another person's, one's own, and the eleventh", async () => {
      const [one, two] = [await person(), await person()];
      const { key } = await withPasskey(one.browser);
      const own = await addPasskey(one.browser, key);
      expect([own.status, await own.text()]).toEqual([422, expect.stringContaining("have that passkey already")]);
      const taken = await addPasskey(two.browser, key);
      expect([taken.status, await taken.text()]).toEqual([422, expect.stringContaining("another account")]);
      // With the same id and another key: the one that was first stays in force.
      const impostor = { ...(await makeKey()), id: key.id };
      expect((await addPasskey(two.browser, impostor)).status).toBe(422);
      expect(await stored(two.id)).toEqual([]);
      for (let at = 2; at <= 10; at++) await withPasskey(one.browser);
      const full = await (await one.browser.get(PATH)).text();
      expect(full).not.toContain("Add a passkey");
      const racing = await person();
      await withPasskey(racing.browser);
      const page = await racing.browser.get(PATH);
      const token = /name="formToken" value="([^"]+)"/.exec(await page.clone().text())?.[1] ?? "";
      const made = await Promise.all(
        Array.from({ length: 12 }, async () => {
          const shown = await (await racing.browser.get(PATH)).text();
          return JSON.stringify(await register(await makeKey(), questionIn(shown, "create").challenge));
        }),
      );
      await Promise.all(
        made.map((credential) => racing.browser.post(PATH, { formToken: token, action: "add", name: "x", credential })),
      );
      expect(await stored(racing.id)).toHaveLength(10);
    });

    test("ways to a device that browsers made up are left out", async () => {
      const { browser, id, email, password } = await person();
      expect(
        (await addPasskey(browser, await makeKey(), { transports: ["cable", "", "usb", "x".repeat(99)] })).status,
      ).toBe(200);
      expect(await stored(id)).toMatchObject([{ transports: '["usb"]' }]);
      await addPasskey(browser, await makeKey(), { transports: [], name: " ", backedUp: true });
      expect(await stored(id)).toMatchObject([{}, { transports: "[]", name: "Passkey", backed_up: 1 }]);
      const page = await passwordStep(browse(), { email, password });
      expect(questionIn(await page.text(), "get").allowCredentials).toContainEqual({
        id: expect.any(String),
        transports: ["usb"],
        type: "public-key",
      });
    });

    test("takes a fresh sign-in, with the second factor where there is one", async () => {
      const { browser, ...credentials } = await person();
      const early = await browser.get(PATH);
      await setUpFactor(world, browser);
      expect((await browser.get(PATH)).status).toBe(200);
      world.skew(16 * 60);
      for (const answer of [await browser.get(PATH), await browser.submit(early, PATH, { action: "add" })]) {
        expect(answer.headers.get("Location")).toBe(`${ORIGIN}/sign-in?returnTo=${encodeURIComponent(PATH)}&again=1`);
      }
      expect((await browse().get(PATH)).headers.get("Location")).toContain("/sign-in?returnTo=");
      // A session from before the factor, as a deployment restored from a copy has one.
      await world.db.prepare("UPDATE session SET second_factor = 0, created_at = ?").bind(world.clock.now()).run();
      expect((await browser.get(PATH)).headers.get("Location")).toContain("again=1");
      expect(await stored(credentials.id)).toEqual([]);
    });

    test("as first factor ends every other session; mail and audit tell of it, without its name", async () => {
      const { browser, ...credentials } = await person();
      const mails = openMailbox(world);
      const other = browse();
      await signIn(other, credentials);
      const stolen = new Map(browser.cookies);
      await withPasskey(browser);
      expect([await isSignedIn(other), await isSignedIn(browser)]).toEqual([false, true]);
      const thief = browse();
      for (const [name, value] of stolen) thief.cookies.set(name, value);
      expect(await isSignedIn(thief)).toBe(false);
      const { key: second } = await withPasskey(browser);
      expect((await signInByPasskey(other, second)).status).toBe(303);
      const page = await browser.get(PATH);
      const answer = await browser.post(PATH, {
        formToken: /name="formToken" value="([^"]+)"/.exec(await page.text())?.[1] ?? "",
        action: "remove",
        credentialId: second.id,
      });
      expect(answer.status).toBe(303);
      expect([await isSignedIn(other), await isSignedIn(browser)]).toEqual([false, true]);
      expect(await audited(credentials.id)).toEqual(["passkey_added", "passkey_added", "passkey_removed"]);
      expect(mails.map(({ to, subject }) => [to, subject])).toEqual([
        [credentials.email, "A passkey was added"],
        [credentials.email, "A passkey was added"],
        [credentials.email, "A passkey was removed"],
      ]);
      expect(mails[0]?.text).toContain(`${ORIGIN}${PATH}`);
      const told = JSON.stringify([mails, await world.all("SELECT * FROM payment_audit_events")]);
      for (const secret of ["Blue phone", second.id]) expect(told).not.toContain(secret);
      world.restart();
    });
  });

  describe("on a person's pages", () => {
    test("they are listed by name, renamed by their person alone, and in the data file without keys", async () => {
      const [one, two] = [await person(), await person()];
      const { key } = await withPasskey(one.browser);
      await withPasskey(two.browser);
      const page = await one.browser.get(PATH);
      const html = await page.clone().text();
      for (const words of ["Blue phone", "not yet", "on one device"]) expect(html).toContain(words);
      expect(await (await one.browser.get("/account")).text()).toMatch(/href="\/account\/passkeys">Passkeys<\/a>: 1/);
      const rename = async (browser: Browser, credentialId: string, name: string) => {
        const shown = await (await browser.get(PATH)).text();
        const formToken = /name="formToken" value="([^"]+)"/.exec(shown)?.[1] ?? "";
        return browser.post(PATH, { formToken, action: "rename", credentialId, name });
      };
      expect((await rename(two.browser, key.id, "Mine now")).status).toBe(409);
      expect((await rename(one.browser, key.id, "x".repeat(61))).status).toBe(422);
      expect((await rename(one.browser, key.id, "<b>Key</b> & ring")).status).toBe(303);
      expect(await (await one.browser.get(PATH)).text()).toContain("&lt;b&gt;Key&lt;/b&gt; &amp; ring");
      const data = await (await one.browser.get("/account/data")).text();
      expect(JSON.parse(data).account).toMatchObject({
        secondFactor: true,
        passkeys: [{ name: "<b>Key</b> & ring", createdAt: expect.any(String), lastUsedAt: null, synced: false }],
      });
      const [row] = await world.all<{ public_key: string }>(
        "SELECT public_key FROM passkeys WHERE user_id = ?",
        one.id,
      );
      for (const secret of [key.id, row?.public_key ?? "-", userHandleOf(one.id)]) expect(data).not.toContain(secret);
    });

    test("an erased person's are deleted", async () => {
      const { browser, id } = await person();
      await withPasskey(browser);
      await browser.submit(await browser.get("/account/delete"), "/account/delete", {});
      expect([await stored(id), await isSignedIn(browser)]).toEqual([[], false]);
    });

    test("a reset of the password leaves them at a confirmed address, and takes a stranger's away at another", async () => {
      const [sure, unsure] = [await person(), await person()];
      await withPasskey(sure.browser);
      await withPasskey(unsure.browser);
      const mails = openMailbox(world);
      await world.db.prepare("UPDATE user SET email_verified = 1 WHERE id = ?").bind(sure.id).run();
      for (const { email } of [sure, unsure]) {
        const browser = browse();
        await browser.submit(await browser.get("/forgot-password"), "/forgot-password", { email });
        const link = /\/reset-password\/\w+/.exec(mails.at(-1)?.text ?? "")?.[0] ?? "";
        await browser.submit(await browser.get(link), link, { password: "another password" });
      }
      expect([(await stored(sure.id)).length, (await stored(unsure.id)).length]).toEqual([1, 0]);
      world.restart();
    });
  });
});
