import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { BOUNDS, type Bound, type BoundName } from "../../src/base/bounds.ts";
import { expireCheckout } from "../../tools/expire-checkout.ts";
import { startCheckout } from "../../tools/start-checkout.ts";
import { type Mailed, openMailbox } from "../auth/mailbox.ts";
import { countersOn } from "../support/counters.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Doors, sharedDoors } from "../support/doors.ts";
import { launchPassCall, resultOf } from "../support/launch-pass.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { sale, versionOf } from "../support/sale.ts";
import { tell } from "../support/tell.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

const ATTACKER = "203.0.113.7";
const DAY = 86_400;

/** What one call caused. */
interface Cost {
  readonly rows: number;
  readonly stripe: number;
  readonly mails: number;
  readonly fetches: number;
}

/** A way to flood the service: one caller, and one call of theirs. */
interface Flood {
  readonly caller: string;
  readonly what: string;
  /** The bounds that the call meets; the tightest counts. */
  readonly bounds: readonly BoundName[];
  call(n: number): Promise<unknown>;
}

describeInWorld("what one caller can cause in a day", { reset: true }, (world) => {
  let mails: Mailed[];
  let doors: { start: Doors; expire: Doors };
  let fetched = 0;
  beforeAll(async () => {
    doors = {
      start: await sharedDoors(world, startCheckout, BUYER),
      expire: await sharedDoors(world, expireCheckout, BUYER),
    };
  });
  beforeEach(async () => {
    await world.all("DELETE FROM bound_counts");
    mails = openMailbox(world, countersOn(world.clock));
    fetched = 0;
    const real = globalThis.fetch;
    vi.stubGlobal("fetch", (input: RequestInfo | URL, init?: RequestInit) => {
      const url = input instanceof Request ? input.url : String(input);
      if (!new URL(url).hostname.endsWith(".example")) return real(input, init);
      fetched++;
      return Promise.resolve(new Response("not found", { status: 404 }));
    });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  const from = (path: string, init: RequestInit = {}) =>
    world.fetch(path, { ...init, headers: { "CF-Connecting-IP": ATTACKER, ...init.headers } });
  const json = (body: object): RequestInit => ({
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const browser = () =>
    openBrowser((request) => {
      request.headers.set("CF-Connecting-IP", ATTACKER);
      return world.send(request);
    }, ORIGIN);

  const floods: readonly Flood[] = [
    {
      caller: "a network",
      what: "clicks",
      bounds: ["clicks", "clicksADay"],
      call: (n) =>
        from(
          "/api/affiliates/clicks",
          json({
            code: "LAUNCHCIRCLE",
            destinationRoute: "/funnels/indie-launch-sandbox",
            idempotencyKey: `flood-${n}`,
          }),
        ),
    },
    {
      caller: "a network",
      what: "public documents",
      bounds: ["publicReads"],
      call: () => from("/commerce/source-data"),
    },
    {
      caller: "a network",
      what: "registrations",
      bounds: ["registrations", "registrationsADay"],
      call: () => from("/oauth/register", json({ redirect_uris: ["https://client.example/callback"] })),
    },
    {
      caller: "a network",
      what: "mails to many addresses",
      bounds: ["accountRequests", "mailsADay"],
      async call(n) {
        const page = browser();
        await page.submit(await page.get("/sign-up"), "/sign-up", { email: `person-${n}@example.com` });
      },
    },
    {
      caller: "strangers, together",
      what: "mails to one address",
      bounds: ["mailsToAnAddressADay"],
      async call() {
        const page = browser();
        await page.submit(await page.get("/forgot-password"), "/forgot-password", { email: BUYER.email });
      },
    },
    {
      caller: "strangers, together",
      what: "guesses at one password",
      bounds: ["guessesAnHour"],
      call: (n) => from("/api/auth/sign-in/email", json({ email: BUYER.email, password: `wrong password ${n}` })),
    },
    {
      caller: "an account",
      what: "checkouts, started and expired",
      bounds: ["stripeCalls", "startsADay"],
      async call() {
        const { checkoutIntentId } = resultOf(await doors.start.http(await launchPassCall(world)));
        resultOf(
          await doors.expire.http({
            checkoutIntentId,
            confirmationText: "Expire open checkout for Bumpgrade launch pass at 9.00 USD",
            expectedUpdatedAt: await versionOf(world, checkoutIntentId),
            idempotencyKey: `expire-${checkoutIntentId}`,
          }),
        );
      },
    },
    {
      caller: "an account",
      what: "fetches of client metadata",
      bounds: ["documentFetches", "documentFetchesANetwork"],
      async call(n) {
        const person = browser();
        await signIn(person, BUYER);
        const client = encodeURIComponent(`https://app-${n}.example/client.json`);
        await person.get(`/authorize?response_type=code&client_id=${client}&redirect_uri=https://app.example/cb`);
      },
    },
  ];

  /** The most calls of a day, by the tightest bound. */
  function aDay(names: readonly BoundName[]): number {
    return Math.min(
      ...names.map((name) => {
        const { most, seconds }: Bound = BOUNDS[name];
        return seconds === null ? most : (most * DAY) / seconds;
      }),
    );
  }

  async function rows(): Promise<number> {
    const tables = await world.all<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%' AND name NOT LIKE 'd1_%'",
    );
    const counts = await world.db.batch<{ n: number }>(
      tables.map(({ name }) => world.db.prepare(`SELECT count(*) AS n FROM "${name}"`)),
    );
    return counts.reduce((sum, { results }) => sum + (results[0]?.n ?? 0), 0);
  }
  const state = async (): Promise<Cost> => ({
    rows: await rows(),
    stripe: (await world.sandbox.calls()).length,
    mails: mails.length,
    fetches: fetched,
  });

  test.for(floods)("$caller: $what", async ({ caller, what, bounds, call }, { task }) => {
    const CALLS = 8;
    await call(0);
    const before = await state();
    const bytes = async () => (await world.db.prepare("SELECT 1").run()).meta.size_after;
    const size = await bytes();
    for (let n = 1; n <= CALLS; n++) await call(n);
    const after = await state();
    const most = aDay(bounds);
    const each = (key: keyof Cost) => Math.round(((after[key] - before[key]) / CALLS) * most);
    console.log(
      `${caller}, ${what}: ${most} a day, ${each("rows")} rows, about ${Math.round(((((await bytes()) - size) / CALLS) * most) / 1000)} kB, ${each("stripe")} calls to Stripe, ${each("mails")} mails, ${each("fetches")} fetches`,
    );
    expect(Number.isFinite(most)).toBe(true);
    // The caller has used up what the bounds give, and another person buys.
    for (const name of bounds) await world.all("UPDATE bound_counts SET count = 1000000 WHERE bound = ?", name);
    await sale(world, { person: OWNER, bump: true });
    tell(task, "S11", {
      counts: { floods: 1, "sales meanwhile": 1 },
      values: {
        [`${caller}, ${what}`]: `${most} a day: ${each("rows")} rows, ${each("stripe")} calls to Stripe, ${each("mails")} mails, ${each("fetches")} fetches`,
      },
    });
  });
});
