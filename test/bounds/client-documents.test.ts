import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BOUNDS, DOCUMENT_WAIT_MS } from "../../src/base/bounds.ts";
import { sha256 } from "../../src/base/digest.ts";
import { countersOn } from "../support/counters.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { authorizeUrl, codeIn, discover, openBrowser, redeemCode, refresh, signIn } from "../support/oauth.ts";
import { BUYER, ORIGIN } from "../support/world.ts";

const CALLBACK = "https://client.example/callback";
const RESOURCE = `${ORIGIN}/api`;
const DAY = 24 * 3600;

describeInWorld("client metadata documents", { reset: true }, (world) => {
  let days = 0;
  let apps = 0;
  /** Fetches of the server's at addresses of clients, in their order. */
  let fetched: string[] = [];
  /** The clients' hosts, which are not ours. */
  let host: (url: string, init?: RequestInit) => Promise<Response>;

  beforeEach(() => {
    // Days of its own for each test, as counts of a day stay.
    days += 3;
    world.skew(days * DAY);
    world.restart(countersOn(world.clock));
    fetched = [];
    host = async (url) => documentAt(url);
    const real = globalThis.fetch;
    vi.stubGlobal("fetch", (input: RequestInfo | URL, init?: RequestInit) => {
      const url = input instanceof Request ? input.url : String(input);
      if (!new URL(url).hostname.endsWith(".example")) return real(input, init);
      fetched.push(url);
      return host(url, init);
    });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  const newApp = () => `https://app${++apps}.example/client.json`;
  const documentAt = (url: string, headers: Record<string, string> = {}, more: object = {}) =>
    Response.json(
      {
        client_id: url,
        client_name: "App",
        redirect_uris: [CALLBACK],
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token"],
        ...more,
      },
      { headers },
    );
  /** A signed-in browser in a network. */
  const browserIn = async (network: string) => {
    const send = (request: Request) => {
      const from = new Request(request);
      from.headers.set("CF-Connecting-IP", network);
      return world.send(from);
    };
    const browser = openBrowser(send, ORIGIN);
    await signIn(browser, BUYER);
    return browser;
  };
  const attemptOf = async (clientId: string) =>
    authorizeUrl(await discover(world.send, RESOURCE), {
      clientId,
      redirectUri: CALLBACK,
      scopes: ["checkout:write"],
      resource: RESOURCE,
    });
  const shown = async (browser: Awaited<ReturnType<typeof browserIn>>, clientId: string) =>
    browser.get((await attemptOf(clientId)).url);
  const tokenRequest = (form: Record<string, string>, headers: Record<string, string> = {}) =>
    world.fetch("/oauth/token", { method: "POST", body: new URLSearchParams(form), headers });
  /** A grant of an app that is known by its document. */
  const connect = async (clientId: string) => {
    const browser = await browserIn("192.0.2.200");
    const attempt = await attemptOf(clientId);
    const consent = { decision: "allow", scope: ["checkout:write"] };
    const answer = await browser.submit(await browser.get(attempt.url), "/authorize", consent);
    return redeemCode(world.send, await discover(world.send, RESOURCE), {
      ...codeIn(answer, attempt.state),
      clientId,
      redirectUri: CALLBACK,
      verifier: attempt.verifier,
      resource: RESOURCE,
    });
  };

  test("nothing is fetched at the token endpoint for a client that has been through no consent", async () => {
    const known = newApp();
    const token = await connect(known);
    const [subject = "", grant = ""] = token.refreshToken.split(":");
    fetched = [];
    const stranger = newApp();
    const madeUp = `${subject}:made-up-grant-id:${"x".repeat(32)}`;
    const assertion = `x.${btoa(JSON.stringify({ iss: stranger }))}.x`;
    const asserted = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    for (const form of [
      { grant_type: "authorization_code", code: madeUp, client_id: stranger },
      { grant_type: "refresh_token", refresh_token: madeUp, client_id: stranger },
      { grant_type: "refresh_token", refresh_token: token.refreshToken, client_id: stranger },
      { grant_type: "refresh_token", refresh_token: "no grant", client_id: stranger },
      { grant_type: "client_credentials", client_id: stranger },
      { token: `${subject}:${grant}:x`, client_id: stranger },
      { token: madeUp, client_id: stranger },
      { client_assertion: assertion, client_assertion_type: asserted, grant_type: "client_credentials" },
    ]) {
      const answer = await tokenRequest(form as Record<string, string>);
      expect([answer.status, await answer.json()]).toMatchObject([401, { error: "invalid_client" }]);
    }
    const basic = await tokenRequest(
      { grant_type: "refresh_token", refresh_token: madeUp },
      { Authorization: `Basic ${btoa(`${encodeURIComponent(stranger)}:secret`)}` },
    );
    expect(basic.status).toBe(401);
    expect(fetched).toEqual([]);
  });

  test("a document is fetched once while it is fresh, and again for a client with a grant, whatever strangers fetch", async () => {
    const clientId = newApp();
    host = async (url) => documentAt(url, { "Cache-Control": "public, max-age=3600" });
    const token = await refresh(world.send, await connect(clientId));
    expect(fetched).toEqual([clientId]);
    world.skew(3_590);
    const second = await refresh(world.send, token);
    expect(fetched).toEqual([clientId]);

    // Strangers use up the day.
    await world.all(
      "UPDATE bound_counts SET count = ? WHERE bound = 'documentFetchesADay'",
      BOUNDS.documentFetchesADay.most,
    );
    world.skew(20);
    world.database.reset();
    const third = await refresh(world.send, second);
    expect(fetched).toEqual([clientId, clientId]);
    // A fetch costs one read: whose grant it is.
    expect(world.database.trips()).toBe(3);
    world.database.reset();
    await refresh(world.send, third);
    expect(world.database.trips()).toBe(2);
    // Consent for a client that others let in is not in the count of strangers either; an unknown client waits.
    world.skew(3_700);
    const browser = await browserIn("192.0.2.1");
    expect((await shown(browser, clientId)).status).toBe(200);
    expect((await shown(browser, newApp())).status).toBe(429);
    expect(fetched).toEqual([clientId, clientId, clientId]);
  });

  test("strangers who use up the day keep no new person from a client that others let in; once it has no grant, they do", async () => {
    const clientId = newApp();
    const token = await connect(clientId);
    const documentKey = await sha256(clientId);
    // The kept document has gone: it was fetched a day ago.
    const forget = () => world.bindings.OAUTH_KV.delete(`client-document:${documentKey}`);
    await forget();
    await world.all(
      "UPDATE bound_counts SET count = ? WHERE bound = 'documentFetchesADay'",
      BOUNDS.documentFetchesADay.most,
    );
    const browser = await browserIn("192.0.2.1");
    expect((await shown(browser, clientId)).status).toBe(200);
    expect(fetched).toEqual([clientId, clientId]);

    expect((await tokenRequest({ token: token.refreshToken, client_id: clientId })).status).toBe(200);
    // Its document, which is no longer fresh, is better than none.
    world.skew(400);
    expect((await shown(browser, clientId)).status).toBe(200);
    expect(fetched).toEqual([clientId, clientId]);
    await forget();
    expect((await shown(browser, clientId)).status).toBe(429);
  });

  test.each([
    ["public, max-age=99999999", DAY],
    ["max-age=10, s-maxage=1000", 1_000],
    ["no-store", 300],
    ["", 300],
  ])("a document with Cache-Control %j is fresh for %i seconds", async (cacheControl, seconds) => {
    const clientId = newApp();
    host = async (url) => documentAt(url, cacheControl ? { "Cache-Control": cacheControl } : {});
    const browser = await browserIn("192.0.2.2");
    expect((await shown(browser, clientId)).status).toBe(200);
    world.skew(seconds - 10);
    const later = await browserIn("192.0.2.2");
    expect((await shown(later, clientId)).status).toBe(200);
    expect(fetched).toEqual([clientId]);
    world.skew(20);
    expect((await shown(later, clientId)).status).toBe(200);
    expect(fetched).toEqual([clientId, clientId]);
  });

  test("one network has 10 fetches a minute and 50 a day, all strangers 200 a day; kept documents go on", async () => {
    const { documentFetches, documentFetchesANetwork, documentFetchesADay } = BOUNDS;
    const known = newApp();
    const here = await browserIn("192.0.2.10");
    const there = await browserIn("192.0.2.11");
    expect((await shown(here, known)).status).toBe(200);
    for (let n = 1; n < documentFetches.most; n++) expect((await shown(here, newApp())).status).toBe(200);
    const refused = await shown(here, newApp());
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "60"]);
    expect(await refused.text()).toContain("Wait 60 seconds, then connect again");
    expect((await shown(here, known)).status).toBe(200);
    expect((await shown(there, newApp())).status).toBe(200);

    let total = fetched.length;
    let asked = 0;
    for (let network = 20; total < documentFetchesADay.most; network++) {
      const browser = await browserIn(`192.0.2.${network}`);
      for (asked = 0; asked < documentFetchesANetwork.most && total < documentFetchesADay.most; asked++, total++) {
        if (asked % documentFetches.most === 0) world.skew(61);
        expect((await shown(browser, newApp())).status).toBe(200);
      }
      world.skew(61);
      if (asked === documentFetchesANetwork.most) expect((await shown(browser, newApp())).status).toBe(429);
    }
    expect(fetched).toHaveLength(documentFetchesADay.most);
    const late = await browserIn("192.0.2.99");
    const over = await shown(late, newApp());
    expect(over.status).toBe(429);
    expect(Number(over.headers.get("Retry-After"))).toBe(
      Math.ceil((DAY * 1000 - (world.clock.now() % (DAY * 1000))) / 1000),
    );
    expect((await shown(late, known)).status).toBe(200);
    expect(fetched).toHaveLength(documentFetchesADay.most);
    console.log(
      `client documents: a day ${documentFetchesADay.most} fetches of strangers' in all, ${documentFetchesANetwork.most} by one network, ${DOCUMENT_WAIT_MS} ms each`,
    );
  });

  test.each([
    ["no answer", () => new Promise<Response>(() => undefined)],
    [
      "a body without an end",
      async () => new Response(new ReadableStream({ start: (body) => body.enqueue(new TextEncoder().encode("{")) })),
    ],
  ])(
    "%s ends after three seconds, and is not kept",
    async (_name, silent) => {
      const clientId = newApp();
      const browser = await browserIn("192.0.2.3");
      host = silent;
      const began = performance.now();
      const answer = await shown(browser, clientId);
      expect(performance.now() - began).toBeGreaterThanOrEqual(DOCUMENT_WAIT_MS - 50);
      expect(performance.now() - began).toBeLessThan(3 * DOCUMENT_WAIT_MS);
      expect(answer.status).toBe(400);
      host = async (url) => documentAt(url);
      expect((await shown(browser, clientId)).status).toBe(200);
    },
    30_000,
  );

  test("no redirect is followed, and no error or other client's document is kept", async () => {
    const browser = await browserIn("192.0.2.4");
    const clientId = newApp();
    let redirect: unknown;
    host = async (_url, init) => {
      redirect = init?.redirect;
      return new Response(null, { status: 302, headers: { Location: newApp() } });
    };
    expect((await shown(browser, clientId)).status).toBe(400);
    expect([redirect, fetched.length]).toEqual(["manual", 1]);
    for (const wrong of [
      async () => new Response("gone", { status: 500 }),
      async () => documentAt(newApp()),
      async () => documentAt(clientId, {}, { token_endpoint_auth_method: "none\nforged: a line of a log" }),
      async () => new Response("x".repeat(70_000)),
    ]) {
      host = wrong;
      expect((await shown(browser, clientId)).status).toBe(400);
    }
    // What a name may well hold.
    host = async (url) => documentAt(url, {}, { client_name: 'Back\\nslash "quoted" é' });
    expect((await shown(browser, clientId)).status).toBe(200);
  });

  test("a client that signs its requests has its keys fetched after its document", async () => {
    const clientId = newApp();
    const jwksUri = clientId.replace("client.json", "keys.json");
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const { publicKey, privateKey } = (await crypto.subtle.generateKey(algorithm, true, [
      "sign",
      "verify",
    ])) as CryptoKeyPair;
    const jwk = await crypto.subtle.exportKey("jwk", publicKey);
    host = async (url) =>
      url === jwksUri
        ? Response.json({ keys: [{ ...jwk, kid: "one", alg: "ES256", use: "sig" }] })
        : documentAt(url, {}, { token_endpoint_auth_method: "private_key_jwt", jwks_uri: jwksUri });
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const assert = async () => {
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        iss: clientId,
        sub: clientId,
        aud: `${ORIGIN}/oauth`,
        iat: now,
        exp: now + 60,
        jti: crypto.randomUUID(),
      };
      const text = `${encode({ alg: "ES256", kid: "one", typ: "JWT" })}.${encode(claims)}`;
      const signed = await crypto.subtle.sign(
        { name: "ECDSA", hash: "SHA-256" },
        privateKey,
        new TextEncoder().encode(text),
      );
      return {
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: `${text}.${Buffer.from(signed).toString("base64url")}`,
      };
    };
    const browser = await browserIn("192.0.2.5");
    const attempt = await attemptOf(clientId);
    const consent = { decision: "allow", scope: ["checkout:write"] };
    const answered = await browser.submit(await browser.get(attempt.url), "/authorize", consent);
    const { code } = codeIn(answered, attempt.state);
    world.skew(400);
    const redeemed = await tokenRequest({
      grant_type: "authorization_code",
      code,
      redirect_uri: CALLBACK,
      code_verifier: attempt.verifier,
      ...(await assert()),
    });
    expect([redeemed.status, fetched]).toEqual([200, [clientId, clientId, jwksUri]]);
    const { refresh_token } = await redeemed.json<{ refresh_token: string }>();
    const form = { grant_type: "refresh_token", refresh_token };
    const first = await tokenRequest({ ...form, ...(await assert()) });
    expect(first.status).toBe(200);
    // The second use is signed too, and gets the same answer.
    const stolen = await tokenRequest({ ...form, client_id: clientId });
    expect(stolen.status).toBe(401);
    const second = await tokenRequest({ ...form, ...(await assert()) });
    expect(await second.text()).toBe(await first.text());
  });
});
