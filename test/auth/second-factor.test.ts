import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { codeOf, stepAt, stepOf } from "../../src/auth/totp.ts";
import { type Browser, openBrowser, signIn, signUp } from "../support/oauth.ts";
import { createWorld, ORIGIN, type World } from "../support/world.ts";
import { linkIn, openMailbox } from "./mailbox.ts";

const PATH = "/account/second-factor";
let world: World;
let people = 0;
beforeAll(async () => {
  world = await createWorld();
});
// Sessions begin by the right clock: what was moved by a test before is moved back.
beforeEach(() => world.reset());

const browse = () => openBrowser(world.send, ORIGIN);

/** A person with a second factor, and what their app and their paper hold. */
async function protectedPerson() {
  const person = { name: "Sia Safe", email: `sia${++people}@example.com`, password: "sia's password" };
  const browser = browse();
  await signUp(browser, person);
  await browser.submit(await browser.get(PATH), PATH, { action: "begin" });
  const page = await browser.get(PATH);
  const typed = /<code>([A-Z2-7 ]+)<\/code>/.exec(await page.clone().text())?.[1]?.replaceAll(" ", "") ?? "";
  const secret = unbase32(typed);
  const done = await browser.submit(page, PATH, { action: "confirm", code: codeOf(secret, stepAt(world.clock.now())) });
  const codes = [...(await done.text()).matchAll(/<code>([A-Z2-7-]+)<\/code>/g)].map(([, code]) => code ?? "");
  world.skew(60);
  return { ...person, browser, secret, codes, code: () => codeOf(secret, stepAt(world.clock.now())) };
}

function unbase32(text: string): Uint8Array {
  const bits = [...text].map((letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  );
  return Uint8Array.from(bits.join("").match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

/** The page that asks for the code, after the right password. */
async function passwordStep(browser: Browser, { email, password }: { email: string; password: string }) {
  const page = await browser.submit(await browser.get("/sign-in?returnTo=/owner?x=1"), "/sign-in", { email, password });
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
    // The newer challenge took the older one's place.
    expect((await first.submit(one, "/sign-in/code", { code: person.code() })).status).toBe(422);
    const code = person.code();
    const kept = two.clone();
    const racers = await Promise.all([
      second.submit(two.clone(), "/sign-in/code", { code }),
      second.submit(two.clone(), "/sign-in/code", { code }),
    ]);
    expect(racers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect((await second.submit(kept, "/sign-in/code", { code: person.codes[0] ?? "" })).status).toBe(422);
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
    expect([done.status, done.headers.getSetCookie().length]).toEqual([200, 1]);
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

  test("off takes a code too", async () => {
    const person = await protectedPerson();
    const { browser } = person;
    const wrong = await browser.submit(await browser.get(PATH), PATH, { action: "stop", code: "000000" });
    expect(wrong.status).toBe(422);
    // Begun anew it would be another secret: it is refused while one is in force.
    await browser.submit(await browser.get(PATH), PATH, { action: "begin" });
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
    const mails = openMailbox(world);
    const reset = async (email: string) => {
      const browser = browse();
      await browser.submit(await browser.get("/forgot-password"), "/forgot-password", { email });
      const link = linkIn(mails.at(-1));
      await browser.submit(await browser.get(link), link, { password: "another password" });
    };
    const sure = await protectedPerson();
    await world.db.prepare("UPDATE user SET email_verified = 1 WHERE email = ?").bind(sure.email).run();
    await reset(sure.email);
    await passwordStep(browse(), { email: sure.email, password: "another password" });
    const unsure = await protectedPerson();
    await reset(unsure.email);
    await signIn(browse(), { email: unsure.email, password: "another password" });
    world.restart();
  });
});
