import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { sha256 } from "../../src/base/digest.ts";
import { authorizeUrl, codeIn, discover, openBrowser, redeemCode, refresh, signIn } from "../support/oauth.ts";
import { BUYER, createWorld, ORIGIN, type World } from "../support/world.ts";

const API = `${ORIGIN}/api`;
let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  vi.useRealTimers();
  world.restart();
  await world.reset();
});

type Form = Record<string, string>;
type Token = Awaited<ReturnType<World["grant"]>>;

const granted = () => world.grant(BUYER, "api", ["checkout:write"]);

/** Moves the server's clock and the library's. */
async function pass(seconds: number) {
  await world.advance(seconds);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });
}

/** The answer of the token endpoint, with its body. */
async function ask(form: Form, headers: Record<string, string> = {}) {
  const answer = await world.fetch("/oauth/token", { method: "POST", body: new URLSearchParams(form), headers });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, body: JSON.parse(text) as Record<string, unknown> };
}

const refreshForm = ({ clientId, refreshToken }: Pick<Token, "clientId" | "refreshToken">): Form => ({
  grant_type: "refresh_token",
  refresh_token: refreshToken,
  client_id: clientId,
});

/** Whether a door takes the token: the operation is not there, and its absence is told to a holder of a token alone. */
async function works(accessToken: unknown) {
  const answer = await world.fetch("/api/operations/none", { headers: { Authorization: `Bearer ${accessToken}` } });
  expect([404, 401]).toContain(answer.status);
  return answer.status === 404;
}

/** Lets `count` requests reach their first round trip before any of them goes on. */
function together(count: number) {
  let arrived = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  world.database.takeTurns(async () => {
    arrived += 1;
    if (arrived === count) resolve();
    await promise;
  });
}

/** A code for a new client, with what its redemption needs. */
async function consent() {
  const browser = openBrowser(world.send, ORIGIN);
  await signIn(browser, BUYER);
  const metadata = await discover(world.send, API);
  const redirectUri = "https://client.example/callback";
  const registered = await world.fetch("/oauth/register", {
    method: "POST",
    body: JSON.stringify({ redirect_uris: [redirectUri], token_endpoint_auth_method: "none", client_name: "One code" }),
  });
  const { client_id: clientId } = await registered.json<{ client_id: string }>();
  const attempt = await authorizeUrl(metadata, { clientId, redirectUri, scopes: ["checkout:write"], resource: API });
  const answer = await browser.submit(await browser.get(attempt.url), "/authorize", {
    decision: "allow",
    scope: ["checkout:write"],
  });
  const { code, iss } = codeIn(answer, attempt.state);
  const form = {
    grant_type: "authorization_code",
    code,
    client_id: clientId,
    redirect_uri: redirectUri,
    code_verifier: attempt.verifier,
  };
  return {
    form,
    metadata,
    redemption: { code, iss, clientId, redirectUri, verifier: attempt.verifier, resource: API },
  };
}

test.each([5, 8])("%i refreshes at once get one answer, and the client works an hour later", async (count) => {
  const token = await granted();
  world.database.reset();
  together(count);
  const answers = await Promise.all(Array.from({ length: count }, () => ask(refreshForm(token))));
  // Each has read and tried to claim; all but one have read again.
  expect(world.database.trips()).toBe(3 * count - 1);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  const uses = "SELECT grant_id FROM oauth_token_uses WHERE token_sha256 = ?";
  expect(await world.all(uses, await sha256(token.refreshToken))).toHaveLength(1);
  expect(await works(answers[0]?.body.access_token)).toBe(true);

  await pass(3_700);
  expect(await works(answers[0]?.body.access_token)).toBe(false);
  const next = await refresh(world.send, { ...token, refreshToken: String(answers[0]?.body.refresh_token) });
  expect(await works(next.accessToken)).toBe(true);
});

test("a second process that refreshes within a minute, from another address, joins the chain of the first", async () => {
  const token = await granted();
  const first = await ask(refreshForm(token), { "CF-Connecting-IP": "192.0.2.1" });
  await pass(58);
  world.restart();
  const second = await ask(refreshForm(token), { "CF-Connecting-IP": "2001:db8::1" });
  expect(second.text).toBe(first.text);
  expect(second.headers.get("Cache-Control")).toBe("no-store");
  // Also after the first has moved on: each answer leads to the next one.
  const successor = { ...token, refreshToken: String(first.body.refresh_token) };
  const moved = await ask(refreshForm(successor));
  expect((await ask(refreshForm(token))).text).toBe(first.text);
  expect((await ask(refreshForm(successor))).text).toBe(moved.text);
  expect(await works(moved.body.access_token)).toBe(true);
});

test.each([false, true])(
  "a refresh token that comes back after a minute ends its grant; its successor was used: %s",
  async (used) => {
    const token = await granted();
    let newest = await refresh(world.send, token);
    if (used) newest = await refresh(world.send, newest);
    await pass(61);
    expect(await works(newest.accessToken)).toBe(true);
    expect(await ask(refreshForm(token))).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    expect(await works(newest.accessToken)).toBe(false);
    expect(await ask(refreshForm(newest))).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  },
);

test("a second use is answered to the client of the first alone", async () => {
  const token = await granted();
  const other = await granted();
  const newer = await refresh(world.send, token);
  for (const clientId of [other.clientId, "made-up"]) {
    const stolen = await ask(refreshForm({ ...token, clientId }));
    expect(["invalid_grant", "invalid_client"]).toContain(stolen.body.error);
    expect(stolen.text).not.toContain(newer.refreshToken);
  }
  expect(await works(newer.accessToken)).toBe(true);
  expect((await ask(refreshForm(token))).body.refresh_token).toBe(newer.refreshToken);
});

test("a confidential client proves its secret for the second use too", async () => {
  const registered = await world.fetch("/oauth/register", {
    method: "POST",
    body: JSON.stringify({
      redirect_uris: ["https://client.example/callback"],
      token_endpoint_auth_method: "client_secret_post",
    }),
  });
  const client = await registered.json<{ client_id: string; client_secret: string }>();
  const browser = openBrowser(world.send, ORIGIN);
  await signIn(browser, BUYER);
  const redirectUri = "https://client.example/callback";
  const attempt = await authorizeUrl(await discover(world.send, API), {
    clientId: client.client_id,
    redirectUri,
    scopes: ["checkout:write"],
    resource: API,
  });
  const consented = await browser.submit(await browser.get(attempt.url), "/authorize", {
    decision: "allow",
    scope: ["checkout:write"],
  });
  const { code } = codeIn(consented, attempt.state);
  const secret = { client_id: client.client_id, client_secret: client.client_secret };
  const tokens = await ask({
    grant_type: "authorization_code",
    code,
    redirect_uri: redirectUri,
    code_verifier: attempt.verifier,
    ...secret,
  });
  const form = { grant_type: "refresh_token", refresh_token: String(tokens.body.refresh_token) };
  const first = await ask({ ...form, ...secret });
  expect(first.status).toBe(200);
  for (const wrong of [{ client_id: client.client_id }, { ...secret, client_secret: "guessed" }]) {
    expect(await ask({ ...form, ...wrong })).toMatchObject({ status: 401, body: { error: "invalid_client" } });
  }
  expect((await ask({ ...form, ...secret })).text).toBe(first.text);
});

test("a refresh token that was used within the minute still gets an answer, so its client can revoke it", async () => {
  const token = await granted();
  const other = await granted();
  const newer = await refresh(world.send, token);
  const revoke = (clientId: string) =>
    world.fetch("/oauth/token", {
      method: "POST",
      body: new URLSearchParams({ token: token.refreshToken, client_id: clientId }),
    });
  expect((await revoke(other.clientId)).status).toBe(200);
  expect(await works(newer.accessToken)).toBe(true);

  expect((await revoke(token.clientId)).status).toBe(200);
  expect(await works(newer.accessToken)).toBe(false);
  for (const ended of [token, newer]) {
    expect(await ask(refreshForm(ended))).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  }
  expect((await revoke(token.clientId)).status).toBe(200);
});

test("a made-up token ends nothing and writes nothing", async () => {
  const token = await granted();
  const [subject, grant] = token.refreshToken.split(":");
  world.database.reset();
  for (const refreshToken of [`${subject}:${grant}:made-up`, `other:${grant}:made-up`, "a:b:c", "::", "x"]) {
    expect(await ask(refreshForm({ ...token, refreshToken }))).toMatchObject({ body: { error: "invalid_grant" } });
  }
  expect([...world.database.written()]).toEqual([]);
  expect(await works(token.accessToken)).toBe(true);
});

test("one code gives one token, however many redeem it at once; the token lives", async () => {
  const { form } = await consent();
  together(8);
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask(form)));
  const [won, ...more] = answers.filter(({ status }) => status === 200);
  expect(more).toEqual([]);
  for (const lost of answers.filter((answer) => answer !== won)) {
    expect(lost).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  }
  // A page that finishes its sign-in twice: the second time is refused, and ends nothing.
  expect(await ask(form)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  expect(await works(won?.body.access_token)).toBe(true);
  const next = await ask({
    grant_type: "refresh_token",
    refresh_token: String(won?.body.refresh_token),
    client_id: form.client_id,
  });
  expect(next.status).toBe(200);
});

test("a code that comes back after a minute ends the grant that it made", async () => {
  const { form, metadata, redemption } = await consent();
  const wrong = { ...redemption, verifier: "x".repeat(43) };
  await expect(redeemCode(world.send, metadata, wrong)).rejects.toThrow("invalid_grant");
  const elsewhere = { ...redemption, resource: `${ORIGIN}/mcp` };
  await expect(redeemCode(world.send, metadata, elsewhere)).rejects.toThrow("invalid_target");
  const token = await redeemCode(world.send, metadata, redemption);
  await pass(61);
  expect(await ask(form)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  expect(await works(token.accessToken)).toBe(false);
});

test.each([
  ["the read", 1, "before"],
  ["the claim", 2, "before"],
] as const)("%s is lost: the client is told to repeat, keeps its token, and repeats", async (_name, trip, fault) => {
  const token = await granted();
  world.quiet = true;
  world.database.lose({ [trip]: fault });
  const answer = await ask(refreshForm(token), { Origin: "https://panel.example" });
  expect(answer).toMatchObject({ status: 503, body: { error: "temporarily_unavailable" } });
  expect(answer.headers.get("Retry-After")).toBe("1");
  expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
  world.database.reset();
  const next = await refresh(world.send, token);
  expect(await works(next.accessToken)).toBe(true);
});

test("the answer of a claim that was written is lost: the client gets its tokens at once, or by repeating", async () => {
  const token = await granted();
  world.quiet = true;
  world.database.lose({ 2: "after" });
  const found = await ask(refreshForm(token));
  expect(found.status).toBe(200);
  world.database.reset();
  expect((await ask(refreshForm(token))).text).toBe(found.text);

  const other = await granted();
  world.database.lose({ 2: "after", 3: "before" });
  expect((await ask(refreshForm(other))).status).toBe(503);
  world.database.reset();
  const repeated = await ask(refreshForm(other));
  expect(repeated.status).toBe(200);
  expect(await works(repeated.body.access_token)).toBe(true);
});

test("a grant that is ended while its token is refreshed gives no token", async () => {
  const token = await granted();
  world.database.interrupt(2, () => world.all("UPDATE oauth_grants SET revoked_at = 1"));
  expect(await ask(refreshForm(token))).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  expect(await works(token.accessToken)).toBe(false);
});

test("the sealed answers of uses end with the next use after their minute, or by the schedule", async () => {
  await world.all("DELETE FROM oauth_token_uses");
  const tokens = [await granted(), await granted()] as const;
  const first = await ask(refreshForm(tokens[0]));
  const [row] = await world.all<{ answer_sealed: string }>(
    "SELECT answer_sealed FROM oauth_token_uses ORDER BY used_at DESC",
  );
  for (const secret of [String(first.body.refresh_token), String(first.body.access_token)]) {
    expect(row?.answer_sealed).not.toContain(secret.split(":")[2]);
  }
  await pass(61);
  await ask(refreshForm(tokens[1]));
  expect(await world.all("SELECT grant_id FROM oauth_token_uses")).toHaveLength(1);
  await pass(61);
  await world.scheduled();
  expect(await world.all("SELECT grant_id FROM oauth_token_uses")).toEqual([]);
  expect((await world.all("SELECT grant_id FROM oauth_grant_records")).length).toBeGreaterThan(0);
  await pass(31 * 24 * 3600);
  await world.scheduled();
  expect(await world.all("SELECT grant_id FROM oauth_grant_records")).toEqual([]);
});

test("a store that takes one write a second for a key is in no one's way, from registration to the eighth refresh", async () => {
  const written = new Map<string, number>();
  const refusals: string[] = [];
  const limited =
    (method: "put" | "delete") =>
    async (key: string, ...rest: unknown[]) => {
      const last = written.get(key);
      if (last !== undefined && performance.now() - last < 1_000) {
        refusals.push(key);
        throw new Error(`KV ${method.toUpperCase()} failed: 429 Too Many Requests`);
      }
      written.set(key, performance.now());
      return Reflect.apply(world.bindings.OAUTH_KV[method], world.bindings.OAUTH_KV, [key, ...rest]) as Promise<void>;
    };
  const store = new Proxy(world.bindings.OAUTH_KV, {
    get(target, property) {
      if (property === "put" || property === "delete") return limited(property);
      const member: unknown = Reflect.get(target, property);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  world.restart({ OAUTH_KV: store });
  const token = await granted();
  let newest = token;
  for (let times = 0; times < 8; times++) newest = await refresh(world.send, newest);
  expect(await works(newest.accessToken)).toBe(true);
  // What a grant is kept by met the limit never; a consent that is answered in its first second did, and was repeated.
  expect(refusals.filter((key) => !key.startsWith("transaction:"))).toEqual([]);
  expect([...written.keys()].filter((key) => key.startsWith("grant:"))).toEqual([]);
});

test("round trips to the database: two for a code and for a refresh, one for a second use", async () => {
  const { form } = await consent();
  const trips = async (sent: Form) => {
    world.database.reset();
    const answer = await ask(sent);
    return { trips: world.database.trips(), answer };
  };
  const code = await trips(form);
  const next = {
    grant_type: "refresh_token",
    refresh_token: String(code.answer.body.refresh_token),
    client_id: form.client_id,
  };
  const first = await trips(next);
  const second = await trips(next);
  expect([code.trips, first.trips, second.trips]).toEqual([2, 2, 1]);
  expect(second.answer.text).toBe(first.answer.text);
});

test.each(["/api/commerce/checkout", "/mcp"])(
  "the token store is out: %s says that the fault is ours, under a reference that the log has, and works again",
  async (path) => {
    const token = await granted();
    const call = () =>
      world.fetch(path, { method: "POST", headers: { Authorization: `Bearer ${token.accessToken}` }, body: "{}" });
    world.quiet = true;
    const before = world.log.length;
    world.restart({
      OAUTH_KV: new Proxy(world.bindings.OAUTH_KV, {
        get: () => async () => {
          throw new Error("KV is out");
        },
      }),
    });
    const answer = await call();
    const body = (await answer.json()) as { code: string; reference: string };
    expect([answer.status, body.code]).toEqual([500, "internal"]);
    const lines = world.log.slice(before).filter(({ event }) => event === "internal");
    expect(lines).toMatchObject([{ code: "internal", reference: body.reference }]);
    world.restart();
    expect((await call()).status).toBeLessThan(500);
  },
);
