import { beforeEach, expect, test } from "vitest";
import { BOUNDS } from "../../src/base/bounds.ts";
import { countersOn } from "../support/counters.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { authorizeUrl, codeIn, discover, openBrowser, redeemCode, refresh, signIn } from "../support/oauth.ts";
import { BUYER, ORIGIN } from "../support/world.ts";

const HERE = "203.0.113.7";
const THERE = "203.0.113.8";
const CALLBACK = "https://client.example/callback";
const DAY = 24 * 3600;

describeInWorld("bounds on OAuth", { reset: true }, (world) => {
  let day = 0;
  beforeEach(() => {
    // Days of its own for each test, as counts of a day stay.
    day += 3;
    world.skew(day * DAY);
    world.restart(countersOn(world.clock));
  });

  const post = (path: string, body: string | URLSearchParams, from = HERE) =>
    world.fetch(path, {
      method: "POST",
      body,
      headers: { "CF-Connecting-IP": from, Origin: "https://panel.example" },
    });
  const register = (from = HERE) =>
    post("/oauth/register", JSON.stringify({ redirect_uris: [CALLBACK], token_endpoint_auth_method: "none" }), from);
  const refreshing = ({ clientId, refreshToken }: { clientId: string; refreshToken: string }) =>
    post(
      "/oauth/token",
      new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken, client_id: clientId }),
    );
  /** A refusal as a client in a browser reads it. */
  const refusal = async (answer: Response) => {
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(answer.headers.get("Access-Control-Expose-Headers")).toContain("Retry-After");
    expect(await answer.json()).toMatchObject({ error: "temporarily_unavailable" });
    return [answer.status, Number(answer.headers.get("Retry-After"))];
  };
  const keys = async (prefix: string) => (await world.bindings.OAUTH_KV.list<unknown>({ prefix })).keys;

  test("one network registers 20 clients a minute and 200 a day; another goes on", async () => {
    const { registrations, registrationsADay } = BOUNDS;
    const before = (await keys("client:")).length;
    let made = 0;
    for (let minute = 0; made < registrationsADay.most; minute++) {
      for (let n = 0; n < registrations.most; n++, made++) expect((await register()).status).toBe(201);
      if (minute === 0) {
        world.database.reset();
        expect(await refusal(await register())).toEqual([429, 60]);
        // The note for the owner alone: the refused request has counted nothing.
        expect([...world.database.written()]).toEqual(["bounds_met"]);
      }
      world.skew(60);
    }
    const [status, seconds] = await refusal(await register());
    expect(status).toBe(429);
    expect(seconds).toBe(Math.ceil((DAY * 1000 - (world.clock.now() % (DAY * 1000))) / 1000));
    expect((await keys("client:")).length - before).toBe(registrationsADay.most);
    expect((await register(THERE)).status).toBe(201);
    world.skew(DAY);
    expect((await register()).status).toBe(201);
  });

  test("a /48 of IPv6 registers four times what one network may", async () => {
    const { most } = BOUNDS.registrations;
    let made = 0;
    for (let network = 0; network < 200; network++) {
      if ((await register(`2001:db8:7:${network.toString(16)}::1`)).status === 201) made++;
    }
    expect(made).toBe(4 * most);
    expect((await register("2001:db8:8::1")).status).toBe(201);
  });

  test("a registration ends after a day, unless a person lets the client in", async () => {
    const browser = openBrowser(world.send, ORIGIN);
    await signIn(browser, BUYER);
    const { client_id: clientId } = await (await register()).json<{ client_id: string }>();
    const key = async () => (await keys(`client:${clientId}`))[0];
    /** Seconds until the store deletes the registration, beside a key that it deletes in a day. */
    const end = async () => {
      await world.bindings.OAUTH_KV.put("in-a-day", "", { expirationTtl: DAY });
      return ((await key())?.expiration ?? Number.NaN) - ((await keys("in-a-day"))[0]?.expiration ?? Number.NaN) + DAY;
    };
    expect(Math.abs((await end()) - DAY)).toBeLessThan(60);

    const metadata = await discover(world.send, `${ORIGIN}/api`);
    const wish = { clientId, redirectUri: CALLBACK, scopes: ["checkout:write"], resource: `${ORIGIN}/api` };
    const attempt = await authorizeUrl(metadata, wish);
    await browser.get(attempt.url);
    expect(Math.abs((await end()) - DAY)).toBeLessThan(60);
    // A person who is on the consent page when the day ends.
    world.skew(DAY - 300);
    const again = openBrowser(world.send, ORIGIN);
    await signIn(again, BUYER);
    const page = await again.get(attempt.url);
    expect(Math.abs((await end()) - 3600)).toBeLessThan(60);
    const held = (await key())?.metadata as { unprovenUntil: number } | undefined;
    expect((held?.unprovenUntil ?? 0) - world.clock.now()).toBeGreaterThan(3_500_000);

    const refused = await again.submit(await again.get(attempt.url), "/authorize", { decision: "deny" });
    expect(refused.headers.get("Location")).toContain("error=access_denied");
    expect((await key())?.expiration).toBeDefined();
    const allowed = await again.submit(page, "/authorize", { decision: "allow", scope: ["checkout:write"] });
    expect(await key()).toEqual({ name: `client:${clientId}` });
    const token = await redeemCode(world.send, metadata, {
      ...codeIn(allowed, attempt.state),
      ...wish,
      verifier: attempt.verifier,
    });
    expect((await refresh(world.send, token)).clientId).toBe(clientId);
    expect(await key()).toEqual({ name: `client:${clientId}` });
  });

  test("one grant is refreshed 60 times an hour; a second use counts nothing, and other grants go on", async () => {
    const { most } = BOUNDS.refreshesAGrant;
    const other = await world.grant(BUYER, "api", ["checkout:write"]);
    let token = await world.grant(BUYER, "api", ["checkout:write"]);
    for (let n = 0; n < most; n++) {
      const first = await refreshing(token);
      if (n < 5) expect((await refreshing(token)).status).toBe(200);
      const { refresh_token } = await first.json<{ refresh_token: string }>();
      token = { ...token, refreshToken: refresh_token };
      if (n % 10 === 9) world.skew(60);
    }
    const stored = (await keys("token:")).length;
    for (let n = 0; n < 3; n++) {
      const [status, seconds] = await refusal(await refreshing(token));
      expect(status).toBe(429);
      expect(seconds).toBe(Math.ceil((3_600_000 - (world.clock.now() % 3_600_000)) / 1000));
    }
    expect((await keys("token:")).length).toBe(stored);
    expect((await refreshing(other)).status).toBe(200);
    expect((await world.all("SELECT bound FROM bounds_met")).map(({ bound }) => bound)).toContain("refreshesAGrant");
    // The refused token was not used up.
    world.skew(3600);
    expect((await refreshing(token)).status).toBe(200);
  });

  test("refreshes at once are counted by the batch that claims them", async () => {
    const { most } = BOUNDS.refreshesAGrant;
    const token = await world.grant(BUYER, "api", ["checkout:write"]);
    const grantId = token.refreshToken.split(":")[1];
    const { promise, resolve } = Promise.withResolvers<void>();
    // Between the read of this refresh and its claim the grant meets its bound.
    world.database.interrupt(2, async () => {
      const hour = world.clock.now() - (world.clock.now() % 3_600_000);
      await world.all(
        "INSERT INTO bound_counts (window_started_at, bound, key, count) VALUES (?, 'refreshesAGrant', ?, ?)",
        hour,
        grantId,
        most,
      );
      resolve();
    });
    const [status] = await refusal(await refreshing(token));
    await promise;
    expect(status).toBe(429);
    world.database.reset();
    world.skew(3600);
    expect((await refreshing(token)).status).toBe(200);
  });

  test("one network asks for tokens 240 times a minute, made-up ones too; another goes on", async () => {
    const { most } = BOUNDS.tokenRequests;
    const form = () => new URLSearchParams({ grant_type: "refresh_token", refresh_token: "a:b:c", client_id: "none" });
    for (let n = 0; n < most; n++) expect((await post("/oauth/token", form())).status).toBe(401);
    expect(await refusal(await post("/oauth/token", form()))).toEqual([429, 60]);
    world.database.reset();
    expect(await refusal(await post("/oauth/token", form()))).toEqual([429, 60]);
    expect(world.database.trips()).toBe(0);
    expect((await post("/oauth/token", form(), THERE)).status).toBe(401);
  });
});
