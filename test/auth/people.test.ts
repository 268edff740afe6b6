import { beforeAll, expect, test } from "vitest";
import { hashPassword, verifyPassword } from "../../src/auth/password.ts";
import { safeReturn } from "../../src/auth/return-to.ts";
import { NOW } from "../support/now.ts";
import { obtainToken, openBrowser, signIn, signUp } from "../support/oauth.ts";
import { type AuthServer, BUYER, ORIGIN, startAuth } from "./server.ts";

let server: AuthServer;
let minute = 0;
beforeAll(async () => {
  server = await startAuth();
});
/** Limits count by the minute: each test that fills one has a minute of its own. */
const nextMinute = () => server.clock.set(NOW + ++minute * 60_000);

const postJson = (path: string, body: unknown, headers: HeadersInit = {}) =>
  server.send(
    new Request(ORIGIN + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
    }),
  );

test("sign up, see the account, sign out, sign in", async () => {
  const browser = openBrowser(server.send, ORIGIN);
  const person = { name: "Nia <b>New</b>", email: "Nia@Example.com", password: "a long password" };
  await signUp(browser, person);
  const account = await (await browser.get("/account")).text();
  expect(account).toContain("Nia &lt;b&gt;New&lt;/b&gt;");
  expect(account).toContain("nia@example.com");
  const out = await browser.submit(await browser.get("/account"), "/sign-out", {});
  expect([out.status, out.headers.get("Location")]).toEqual([303, `${ORIGIN}/sign-in`]);
  expect((await browser.get("/account")).headers.get("Location")).toBe(`${ORIGIN}/sign-in?returnTo=%2Faccount`);
  await signIn(browser, person);
  expect((await browser.get("/sign-in")).headers.get("Location")).toBe(`${ORIGIN}/account`);
  expect((await browser.get("/sign-in?returnTo=/owner?x=1")).headers.get("Location")).toBe(`${ORIGIN}/owner?x=1`);
});

test("a session that was ended counts for nothing, even with its cookie kept", async () => {
  const browser = openBrowser(server.send, ORIGIN);
  await signIn(browser, BUYER);
  const kept = new Map(browser.cookies);
  await browser.submit(await browser.get("/account"), "/sign-out", {});
  for (const [name, value] of kept) browser.cookies.set(name, value);
  expect((await browser.get("/account")).status).toBe(303);
});

test("session cookies are for this site, https and the server only", async () => {
  const answer = await postJson("/api/auth/sign-in/email", BUYER);
  expect(answer.headers.getSetCookie().find((cookie) => cookie.includes("session_token"))).toMatch(
    /^__Host-commerce\.session_token=[^;]+; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  );
});

test("faults are named at their field, and nothing secret is shown again", async () => {
  const browser = openBrowser(server.send, ORIGIN);
  const answer = await browser.submit(await browser.get("/sign-up"), "/sign-up", {
    name: "",
    email: "<x>",
    password: "short pw",
  });
  const html = await answer.text();
  expect(answer.status).toBe(422);
  for (const field of ["name", "email", "password"]) expect(html).toMatch(new RegExp(`id="${field}-error"`));
  expect(html).toContain('value="&lt;x&gt;"');
  expect(html).toMatch(/aria-invalid="true" aria-describedby="email-error"/);
  expect(html).not.toContain("short pw");
  expect(answer.headers.get("Content-Security-Policy")).toContain("form-action 'self'");
});

test("a wrong password and an unknown address get the same answer", async () => {
  const tell = async (email: string) => {
    const browser = openBrowser(server.send, ORIGIN);
    const answer = await browser.submit(await browser.get("/sign-in"), "/sign-in", {
      email,
      password: "not the password",
    });
    return [
      answer.status,
      (await answer.text())
        .replaceAll(email, "…")
        .replaceAll(/name="formToken" value="[^"]*"/g, "")
        .replace(/challenge&quot;:&quot;[\w-]{72}/, ""),
    ];
  };
  expect(await tell(BUYER.email)).toEqual(await tell("nobody@example.com"));
});

test("a form from another site, or with another browser's token, does not sign in", async () => {
  const browser = openBrowser(server.send, ORIGIN);
  const other = openBrowser(server.send, ORIGIN);
  const page = async () => browser.get("/sign-in");
  const token = /name="formToken" value="([^"]+)"/.exec(await (await page()).text())?.[1] ?? "";
  await other.get("/sign-in");
  const fields = { email: BUYER.email, password: BUYER.password, formToken: token };
  expect((await other.post("/sign-in", fields)).status).toBe(403);
  expect((await openBrowser(server.send, ORIGIN).post("/sign-in", fields)).status).toBe(403);
  expect(
    (await browser.post("/sign-in", fields, { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" })).status,
  ).toBe(403);
  expect((await browser.post("/sign-in", { ...fields, formToken: "" })).status).toBe(403);
  expect((await browser.post("/sign-in", fields, { Origin: "null" })).status).toBe(303);
});

test.each([
  "https://evil.example/",
  "//evil.example/",
  "/\\evil.example",
  "\\\\evil.example",
  "/\t/evil.example",
  "/.//evil.example",
  "/x/..//evil.example",
  " /account",
  "javascript:alert(1)",
  "@evil.example",
  "/%0d%0aSet-Cookie:x",
])("sign-in with the return address %j stays on our origin", async (returnTo) => {
  const target = new URL(safeReturn(returnTo, ORIGIN, "/account"));
  expect(target.origin).toBe(ORIGIN);
  expect(target.pathname.startsWith("//")).toBe(false);
  const browser = openBrowser(server.send, ORIGIN);
  const page = await browser.get(`/sign-in?returnTo=${encodeURIComponent(returnTo)}`);
  const answer = await browser.submit(page, "/sign-in", { email: BUYER.email, password: BUYER.password });
  expect(answer.headers.get("Location")).toBe(target.href);
});

test("guessing is stopped after 20 failures a minute for one account, the right password included", async () => {
  nextMinute();
  const guess = (password: string, ip = "192.0.2.1") =>
    postJson("/api/auth/sign-in/email", { email: BUYER.email, password }, { "CF-Connecting-IP": ip });
  const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => guess(`wrong password ${i}`)));
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(20);
  const refused = await guess(BUYER.password);
  expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "60"]);
  expect((await guess(BUYER.password, "192.0.2.2")).status).toBe(200);
  const browser = openBrowser((request) => {
    request.headers.set("CF-Connecting-IP", "192.0.2.1");
    return server.send(request);
  }, ORIGIN);
  const page = await browser.submit(await browser.get("/sign-in"), "/sign-in", {
    email: BUYER.email,
    password: BUYER.password,
  });
  expect([page.status, page.headers.get("Retry-After")]).toEqual([429, "60"]);
  nextMinute();
  expect((await guess(BUYER.password)).status).toBe(200);
});

test("success is not counted: 25 sign-ins a minute are fine, and past windows leave no rows", async () => {
  nextMinute();
  for (let i = 0; i < 25; i++) expect((await postJson("/api/auth/sign-in/email", BUYER)).status).toBe(200);
  const rows = await server.d1
    .prepare("SELECT key, window_started_at AS at, count FROM bound_counts WHERE window_started_at = ?")
    .bind(server.clock.now())
    .all();
  expect(rows.results.map(({ count }) => count)).toEqual([0]);
  expect(JSON.stringify(rows.results)).not.toContain("buyer@");
});

test("a registration of more than 8,000 characters is refused", async () => {
  const large = await postJson("/oauth/register", {
    redirect_uris: ["https://client.example/callback"],
    client_name: "x".repeat(9000),
  });
  expect([large.status, await large.json()]).toEqual([
    400,
    { error: "invalid_client_metadata", error_description: "The client metadata is too large" },
  ]);
});

test("the JSON door opens to scripts and our own pages, for four things", async () => {
  nextMinute();
  expect((await postJson("/api/auth/sign-in/email", BUYER, { Origin: "https://evil.example" })).status).toBe(403);
  expect((await postJson("/api/auth/sign-in/email", BUYER, { Origin: "null" })).status).toBe(403);
  expect((await postJson("/api/auth/sign-in/email", BUYER, { "Content-Type": "text/plain" })).status).toBe(415);
  expect((await postJson("/api/auth/sign-in/email", "x".repeat(20_000))).status).toBe(415);
  expect(await (await postJson("/api/auth/sign-in/email", { email: "x", password: "y" })).json()).toMatchObject({
    field: "email",
  });
  const again = await postJson("/api/auth/sign-up/email", { ...BUYER, name: "Again", password: "another password" });
  const anew = await postJson("/api/auth/sign-up/email", { ...BUYER, email: "anew@example.com", name: "Anew" });
  expect([again.status, await again.json()]).toEqual([anew.status, await anew.json()]);
  const signedIn = await postJson("/api/auth/sign-in/email", BUYER, { Origin: ORIGIN });
  const cookie = signedIn.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");
  const session = await server.send(new Request(`${ORIGIN}/api/auth/get-session`, { headers: { Cookie: cookie } }));
  const { emailVerified } = ((await session.clone().json()) as { user: { emailVerified: boolean } }).user;
  expect(await session.json()).toEqual({
    session: { expiresAt: expect.stringMatching(/^\d{4}-/), secondFactor: false },
    user: { name: BUYER.name, email: BUYER.email, emailVerified },
  });
  const nothing = await server.send(new Request(`${ORIGIN}/api/auth/get-session`));
  expect([nothing.status, await nothing.json()]).toEqual([200, null]);
  expect((await postJson("/api/auth/sign-out", {}, { Cookie: cookie })).status).toBe(403);
  const odd = await postJson("/api/auth/sign-out", {}, { Origin: ORIGIN, "Content-Type": "text/ignore-all-rules" });
  expect([odd.status, await odd.text()]).toEqual([415, expect.not.stringContaining("ignore-all-rules")]);
  expect((await postJson("/api/auth/sign-out", {}, { Cookie: cookie, Origin: ORIGIN })).status).toBe(200);
  for (const path of ["update-user", "change-email", "delete-user", "sign-in/social", "list-sessions", "error"]) {
    expect((await postJson(`/api/auth/${path}`, {}, { Cookie: cookie, Origin: ORIGIN })).status).toBe(404);
  }
});

test("no answer of the JSON door has a token, or an id of a person or session; the cookie alone has the token", async () => {
  nextMinute();
  const answers: Response[] = [await postJson("/api/auth/sign-in/email", BUYER)];
  const cookie = answers[0]?.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  answers.push(await server.send(new Request(`${ORIGIN}/api/auth/get-session`, { headers: { Cookie: cookie } })));
  answers.push(await postJson("/api/auth/sign-in/email", { ...BUYER, password: "not the password" }));
  answers.push(
    await postJson("/api/auth/sign-up/email", { name: "Jo", email: "jo@example.com", password: "jo's password" }),
  );
  answers.push(await postJson("/api/auth/sign-out", {}, { Cookie: cookie, Origin: ORIGIN }));
  const bodies = (await Promise.all(answers.map((answer) => answer.text()))).join("\n");
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 401, 200, 200]);
  const { results: rows } = await server.d1.prepare("SELECT id, token, user_id FROM session").all();
  const secrets = [...rows.flatMap((row) => Object.values(row)), decodeURIComponent(cookie.split("=")[1] ?? "")];
  expect(secrets.length).toBeGreaterThan(3);
  for (const secret of secrets) expect(bodies).not.toContain(String(secret));
  expect(bodies).not.toMatch(/token|"id"|userId/i);
  expect(bodies).toContain('{"next":"signed-in"}');
});

test("methods are held to, and HEAD has no body", async () => {
  const wrong = await server.send(new Request(`${ORIGIN}/authorize`, { method: "PUT" }));
  expect([wrong.status, wrong.headers.get("Allow")]).toEqual([405, "GET, HEAD, POST"]);
  const head = await server.send(new Request(`${ORIGIN}/sign-in`, { method: "HEAD" }));
  expect([head.status, await head.text()]).toEqual([200, ""]);
});

test("passwords are hashed with salt, and an unreadable hash matches nothing", async () => {
  const [a, b] = [await hashPassword("one password"), await hashPassword("one password")];
  expect(a).not.toBe(b);
  expect(await verifyPassword({ hash: a, password: "one password" })).toBe(true);
  expect(await verifyPassword({ hash: a, password: "one passwore" })).toBe(false);
  expect(await verifyPassword({ hash: "x", password: "x" })).toBe(false);
});

test("the owner's session is the owner's alone", async () => {
  const { auth } = server;
  const answer = await postJson("/api/auth/sign-in/email", BUYER);
  const cookie = answer.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");
  const request = new Request(ORIGIN, { headers: { Cookie: cookie } });
  const person = await auth.session(request);
  expect(person).toMatchObject({ email: BUYER.email, isOwner: false });
  expect(await auth.ownerSession(request)).toBeUndefined();
  const handedOver = server.ownedBy(person?.userId ?? "");
  expect(await handedOver.auth.ownerSession(request)).toMatchObject({ isOwner: true });
  await obtainToken({ fetch: server.send, origin: ORIGIN, as: BUYER, resource: `${ORIGIN}/api` });
  const [grant] = await auth.listGrants(person?.userId ?? "");
  expect(await auth.revokeGrant({ grantId: grant?.grantId ?? "", userId: "somebody" })).toBe(false);
  expect(await auth.revokeGrant({ grantId: grant?.grantId ?? "", userId: person?.userId ?? "" })).toBe(true);
  expect(await auth.revokeGrant({ grantId: grant?.grantId ?? "", userId: person?.userId ?? "" })).toBe(false);
  const row = await server.d1
    .prepare("SELECT revoked_at FROM oauth_grants WHERE id = ?")
    .bind(grant?.grantId)
    .first("revoked_at");
  expect(row).toBe(server.clock.now());
});
