import { beforeAll, expect, test } from "vitest";
import { wireAnswer } from "../fuzz/answers.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { evidence } from "../support/evidence.ts";
import { type Browser, openBrowser, signIn, signUp } from "../support/oauth.ts";
import { sale } from "../support/sale.ts";
import { tell } from "../support/tell.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

type Kind = "person" | "owner" | "holder" | "token" | "stripe" | "anyone";

/** Whom a path is for, by the first pattern that fits. A path that fits none fails the test. */
const FOR: readonly (readonly [RegExp, Kind])[] = [
  [/^\/api\/stripe\/webhook$/, "stripe"],
  [/^\/mcp\/?$|^\/api\/operations\//, "token"],
  [/^\/(account|approvals)(\/|$)/, "person"],
  [/^\/owner(\/|$)|^\/api\/admin\//, "owner"],
  [/\/:(link|token)/, "holder"],
  [/^\/order\/files\//, "holder"],
  // Forms and documents that need no proof.
  [/^\/(sign-in|sign-up|sign-out|forgot-password|authorize|offers|pricing|order)(\/|$)/, "anyone"],
  [/^\/$|^\/(health|openapi\.json|commerce\/source-data|affiliates\/source-data)$/, "anyone"],
  [/^\/api\/affiliates\/clicks$|^\/mcp\/public\/?$/, "anyone"],
  [/^\/\.well-known\/|^\/(oauth|api\/auth)\/|^\/(token|register)$/, "anyone"],
];
/** Documents about a write, which anyone may read. */
const CONTRACTS = /^\/api\/(commerce|billing|affiliates|admin)\//;
const FORM = "application/x-www-form-urlencoded";
const STRANGER = { name: "Another buyer", email: "another@buyer.test", password: "another buyer's password" };

describeInWorld("every served route", {}, (world) => {
  interface Route {
    readonly method: string;
    readonly path: string;
    readonly kind: Kind;
    readonly filled: string;
    /** Whether it is for programs, as the OpenAPI document has it. */
    readonly program: boolean;
  }
  const routes: Route[] = [];
  const count = { cells: 0, refused: 0 };
  let owner: Browser;
  let buyer: Browser;
  let stranger: Browser;

  beforeAll(async () => {
    stranger = openBrowser(world.send, ORIGIN);
    await signUp(stranger, STRANGER);
    [owner, buyer] = [openBrowser(world.send, ORIGIN), openBrowser(world.send, ORIGIN)];
    await signIn(owner, OWNER);
    await signIn(buyer, BUYER);
    const sold = await sale(world, { bump: true });
    const { commissionLedgerId } = await evidence(world);
    const one = async (sql: string) => String((await world.all<{ id: string }>(sql))[0]?.id ?? "absent");
    const operation = await one("SELECT id FROM operations WHERE status = 'succeeded'");
    const entitlement = await one("SELECT id FROM product_entitlements");
    /** What fills a path: the buyer's own rows. */
    const ids: Readonly<Record<string, string>> = {
      "/account/orders/:id": sold.checkoutIntentId,
      "/owner/orders/:id": sold.checkoutIntentId,
      "/owner/ledger/:id": commissionLedgerId,
      "/owner/entitlements/:id": entitlement,
      ":entitlementId": entitlement,
      ":productId": "product-launch-checklist-download",
      ":assetId": "asset-launch-checklist-pdf",
      ":reference": "absent",
      ":link": "0".repeat(43),
      ":token": "0".repeat(48),
      ":id": operation,
    };
    const known = new Set<string>();
    const programs = new Set(Object.keys(world.app().served.openApi().paths));
    for (const { method, path } of world.app().served.routes) {
      if (path === "/*" || known.has(`${method} ${path}`)) continue;
      known.add(`${method} ${path}`);
      const isContract = method === "GET" && CONTRACTS.test(path) && !path.includes(":");
      const isWrite = method === "POST" && /^\/api\/(commerce|billing)\//.test(path) && !path.includes(":");
      const isToken = isWrite || (method === "POST" && path === "/api/affiliates/commission-ledger");
      const kind = isContract ? "anyone" : isToken ? "token" : FOR.find(([pattern]) => pattern.test(path))?.[1];
      if (!kind) throw new Error(`whom is ${method} ${path} for?`);
      const whole = Object.keys(ids).find((start) => start.includes("/") && path.startsWith(start));
      let filled = path.replace(/\{[^}]*\}/g, "").replace(/\/\*$/, "/absent");
      if (whole) filled = filled.replace(/:id/, encodeURIComponent(ids[whole] ?? ""));
      filled = filled.replace(/:\w+/g, (name) => encodeURIComponent(ids[name] ?? "absent"));
      routes.push({
        method: method === "ALL" ? "POST" : method,
        path,
        kind,
        filled,
        program: programs.has(path.replace(/:(\w+)/g, "{$1}")),
      });
    }
  });

  const cookie = ({ cookies }: Browser) => [...cookies].map((pair) => pair.join("=")).join("; ");
  /** Sends it as a browser or a program would. A form has a token that is none. */
  const send = ({ method, filled, program }: Route, headers: Record<string, string> = {}) =>
    world.send(
      new Request(ORIGIN + filled, {
        method,
        redirect: "manual",
        headers: {
          ...(!program && { Accept: "text/html" }),
          ...(method === "POST" && { Origin: ORIGIN, "Content-Type": program ? "application/json" : FORM }),
          ...headers,
        },
        ...(method === "POST" && { body: program ? "{}" : "formToken=none&decision=approve" }),
      }),
    );
  /** Expects each route to refuse, with the whole database as it was. */
  const refusedBy = (
    which: readonly Route[],
    ask: (route: Route) => Promise<Response>,
    may: (answer: Response) => boolean,
  ) =>
    unchanged(world, async () => {
      for (const route of which) {
        count.cells += 1;
        const answer = await ask(route);
        const { text } = await wireAnswer(answer.clone());
        const isRefused = may(answer);
        expect([route.method, route.filled, answer.status, isRefused], text.slice(0, 300)).toEqual([
          route.method,
          route.filled,
          answer.status,
          true,
        ]);
        count.refused += 1;
      }
    }, ["bound_counts"]);
  /** A redirect to the sign-in, or a refusal. */
  const asksWho = ({ status, headers }: Response) =>
    [401, 403, 404].includes(status) ||
    (status === 303 && /\/(sign-in|owner|account)/.test(headers.get("Location") ?? ""));

  test("each route is for someone", () => {
    expect(routes.length).toBeGreaterThan(100);
    expect(new Set(routes.map(({ kind }) => kind)).size).toBe(6);
  });

  test("routes of a person and of the owner: refused without a session, and with a forged or ended one", async () => {
    const theirs = routes.filter(({ kind }) => kind === "person" || kind === "owner");
    expect(theirs.length).toBeGreaterThan(60);
    await refusedBy(theirs, (route) => send(route), asksWho);
    const [name] = [...owner.cookies.keys()].filter((key) => key.includes("session"));
    await refusedBy(theirs, (route) => send(route, { Cookie: `${name}=none.none` }), asksWho);
    const over = openBrowser(world.send, ORIGIN);
    await signIn(over, OWNER);
    const old = cookie(over);
    await over.submit(await over.get("/account"), "/sign-out", {});
    await refusedBy(theirs, (route) => send(route, { Cookie: old }), asksWho);
  });

  test("routes of the owner: refused to a buyer", async () => {
    const owners = routes.filter(({ kind }) => kind === "owner");
    const isHidden = ({ status }: Response) => [303, 403, 404].includes(status);
    await refusedBy(owners, (route) => send(route, { Cookie: cookie(buyer) }), isHidden);
    const token = await world.token(OWNER, "api", ["owner:read", "owner:write"]);
    await refusedBy(owners, (route) => send(route, { Authorization: `Bearer ${token}` }), asksWho);
  });

  test("routes of a person's rows: refused to another person", async () => {
    const rows = routes.filter(({ kind, path }) => kind === "person" && path.includes(":"));
    expect(rows.length).toBeGreaterThan(6);
    await refusedBy(
      rows,
      (route) => send(route, { Cookie: cookie(stranger) }),
      ({ status }) => [403, 404].includes(status),
    );
  });

  test("forms: refused with a forged form token, and from another site", async () => {
    const forms = routes.filter(({ kind, method, path }) => {
      return method === "POST" && (kind === "person" || kind === "owner") && path !== "/account/data";
    });
    const isForged = ({ status }: Response) => [303, 401, 403, 404, 405].includes(status);
    const as = (browser: Browser) => (route: Route) => send(route, { Cookie: cookie(browser) });
    await refusedBy(forms, as(owner), isForged);
    const elsewhere = { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" };
    await refusedBy(forms, (route) => send(route, { Cookie: cookie(owner), ...elsewhere }), isForged);
  });

  test("links, signatures of Stripe and tokens: refused when they are made up", async () => {
    const held = routes.filter(({ kind, method }) => kind === "holder" && method !== "OPTIONS");
    await refusedBy(
      held,
      (route) => send(route),
      ({ status }) => [303, 401, 403, 404, 405, 415].includes(status),
    );
    const stripes = routes.filter(({ kind }) => kind === "stripe");
    await refusedBy(
      stripes,
      (route) => send(route),
      ({ status }) => status === 400,
    );
    const tokens = routes.filter(({ kind }) => kind === "token");
    expect(tokens.length).toBeGreaterThan(6);
    await refusedBy(
      tokens,
      (route) => send(route, { Authorization: "Bearer none" }),
      ({ status }) => status === 401,
    );
  });

  test("the tally", ({ task }) => {
    expect(count.refused).toBe(count.cells);
    console.info(`${routes.length} routes, ${count.cells} cells, ${count.refused} refused`);
    tell(task, "S3", { counts: { routes: routes.length, ...count } });
  });
});
