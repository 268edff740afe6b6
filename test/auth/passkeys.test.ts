import { describe, expect, test } from "vitest";
import { userHandleOf } from "../../src/auth/webauthn.ts";
import {
  type Algorithm,
  makeKey,
  questionIn,
  type RegistrationKnobs,
  register,
  type SoftKey,
  sign,
} from "../support/authenticator.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Browser, openBrowser, signIn, signUp } from "../support/oauth.ts";
import { addPasskey, PASSKEYS_PATH as PATH, signInByPasskey, withPasskey } from "../support/passkeys.ts";
import { FACTOR_PATH, setUpFactor, signInByCode } from "../support/second-factor.ts";
import { ORIGIN, OWNER } from "../support/world.ts";
import { openMailbox } from "./mailbox.ts";

describeInWorld("passkeys", { reset: true }, (world) => {
  let people = 0;
  const browse = () => openBrowser(world.send, ORIGIN);

  /** A person with a new account, signed in. */
  async function person() {
    const credentials = { name: "Pia Pass", email: `pia${++people}@example.com`, password: "pia's password" };
    const browser = browse();
    await signUp(browser, credentials);
    const [row] = await world.all<{ id: string }>("SELECT id FROM user WHERE email = ?", credentials.email);
    return { ...credentials, browser, id: row?.id ?? "" };
  }

  const stored = (userId: string) => world.all("SELECT * FROM passkeys WHERE user_id = ? ORDER BY created_at", userId);
  const audited = (userId: string) =>
    world
      .all<{ kind: string }>(
        "SELECT event_kind AS kind FROM payment_audit_events WHERE subject_id = ? AND event_kind LIKE 'passkey%' ORDER BY sequence",
        userId,
      )
      .then((rows) => rows.map(({ kind }) => kind));
  const isSignedIn = async (browser: Browser) => (await browser.get("/account")).status === 200;

  /** The page that asks for the second factor, after the right password. */
  async function passwordStep(browser: Browser, { email, password }: { email: string; password: string }) {
    const page = await browser.get("/sign-in?again=1&returnTo=/account/data");
    return browser.submit(page, "/sign-in", { email, password });
  }

  /** Answers the question of a page for the second factor. */
  async function answerStep(browser: Browser, page: Response, key: SoftKey, knobs = {}) {
    const { challenge } = questionIn(await page.clone().text(), "get");
    return browser.submit(page, "/sign-in/code", { credential: JSON.stringify(await sign(key, challenge, knobs)) });
  }

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
      const { browser, id } = await person();
      expect(
        (await addPasskey(browser, await makeKey(), { transports: ["cable", "", "usb", "x".repeat(99)] })).status,
      ).toBe(200);
      expect(await stored(id)).toMatchObject([{ transports: '["usb"]' }]);
      await addPasskey(browser, await makeKey(), { transports: [], name: " ", backedUp: true });
      expect(await stored(id)).toMatchObject([{}, { transports: "[]", name: "Passkey", backed_up: 1 }]);
      const page = await passwordStep(browse(), { email: `pia${people}@example.com`, password: "pia's password" });
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
