import { expect, test } from "vitest";
import { BOUNDS } from "../../src/base/bounds.ts";
import { countersOn } from "../support/counters.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";

/** What a browser sends when a person opens an address. */
const BROWSER = { Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

describeInWorld("refusals of a path, a method or a fault", { reset: true }, (world) => {
  const ask = (path: string, init: RequestInit = {}) => unchanged(world, () => world.fetch(path, init));
  const person = (path: string, method = "GET") => ask(path, { method, headers: BROWSER });

  test.each([
    "/nowhere",
    "/owner/nowhere",
    "/account/nowhere",
    "/sign-in/link/cut-off",
    "/approvals",
    "/%2e%2e/x",
    "/a//b",
  ])("%s is a page for a person and problem details for a program, with one status", async (path) => {
    world.database.reset();
    const page = await person(path);
    expect(world.database.trips()).toBe(1);
    const text = await page.text();
    expect([page.status, page.headers.get("Content-Type")]).toEqual([404, "text/html; charset=utf-8"]);
    expect(text).toContain("<h1>Page not found</h1>");
    expect(text).toContain('<strong><a href="/" class="home"><bdi>Bumpgrade</bdi></a></strong>');
    for (const way of ["/", "/account"]) expect(text).toContain(`href="${way}"`);

    world.database.reset();
    const program = await world.fetch(path);
    expect(world.database.trips()).toBe(0);
    expect([program.status, program.headers.get("Content-Type")]).toEqual([404, "application/problem+json"]);
    expect(await program.json()).toMatchObject({ type: "about:blank", status: 404, code: "not_found" });
    for (const { headers } of [page, program]) {
      expect([headers.get("Vary"), headers.get("Cache-Control")]).toEqual(["Accept", "no-store"]);
      expect([headers.get("X-Content-Type-Options"), headers.get("X-Frame-Options")]).toEqual(["nosniff", "DENY"]);
    }

    for (const [init, type] of [
      [{ headers: BROWSER }, "text/html; charset=utf-8"],
      [{}, "application/problem+json"],
    ] as const) {
      const head = await ask(path, { method: "HEAD", ...init });
      expect([head.status, head.headers.get("Content-Type"), await head.text()]).toEqual([404, type, ""]);
    }
  });

  test.each(["/api/nowhere", "/api/operations", "/mcp/nowhere", "/mcpx", "/.well-known/nowhere"])(
    "%s is for programs, and answers a browser as it answers them",
    async (path) => {
      world.database.reset();
      const answer = await person(path);
      expect([answer.status, answer.headers.get("Content-Type")]).toEqual([404, "application/problem+json"]);
      expect(await answer.json()).toMatchObject({ code: "not_found" });
      expect(world.database.trips()).toBe(0);
    },
  );

  test.each([
    "/oauth/nowhere",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/nowhere",
    "/.well-known/openid-configuration/nowhere",
    "/.well-known/oauth-protected-resource/nowhere",
  ])("%s is problem details that a client in a browser can read", async (path) => {
    const answer = await person(path);
    expect([answer.status, answer.headers.get("Content-Type")]).toEqual([404, "application/problem+json"]);
    expect(await answer.json()).toMatchObject({ code: "not_found" });
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
  });

  test.each([
    ["/account/billing", "GET", "POST"],
    ["/sign-out", "GET", "POST"],
    ["/", "POST", "GET, HEAD"],
    ["/commerce/source-data", "DELETE", "GET, HEAD, OPTIONS"],
  ])("%s has no %s: 405 with Allow, as a page for a person and empty for a program", async (path, method, allow) => {
    const page = await person(path, method);
    expect([page.status, page.headers.get("Allow"), page.headers.get("Vary")]).toEqual([405, allow, "Accept"]);
    expect(await page.text()).toContain('href="/account"');
    const program = await ask(path, { method });
    expect([program.status, program.headers.get("Allow"), program.headers.get("Vary")]).toEqual([405, allow, "Accept"]);
    expect([program.headers.get("X-Frame-Options"), await program.text()]).toEqual(["DENY", ""]);
  });

  test("a method that an API path lacks is no page", async () => {
    const answer = await person("/api/stripe/webhook");
    expect([answer.status, answer.headers.get("Allow"), await answer.text()]).toEqual([405, "POST", ""]);
  });

  test("an unknown address that a browser opens is a public read; over the bound it reads no row", async () => {
    world.restart(countersOn(world.clock));
    world.skew(120);
    const from = (network: string, headers = BROWSER) =>
      world.fetch("/nowhere", { headers: { ...headers, "CF-Connecting-IP": network } });
    for (let n = 0; n < BOUNDS.publicReads.most; n++) expect((await from("203.0.113.7")).status).toBe(404);
    expect((await from("203.0.113.7")).status).toBe(429);
    world.database.reset();
    const refused = await from("203.0.113.7");
    expect([refused.status, refused.headers.get("Retry-After"), world.database.trips()]).toEqual([429, "60", 0]);
    expect((await from("203.0.113.8")).status).toBe(404);
  });

  test.each(["/", "/nowhere", "/pricing"])(
    "a fault on %s shows a person its reference, and nothing of its cause",
    async (path) => {
      world.quiet = true;
      world.log.length = 0;
      const lost = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [n + 1, "before"] as const));
      world.database.lose(lost);
      const page = await world.fetch(path, { headers: BROWSER });
      const text = await page.text();
      const [line] = world.log.filter(({ event }) => event === "internal");
      expect(line?.reference).toMatch(/^ref-/);
      expect([page.status, page.headers.get("Content-Type")]).toEqual([500, "text/html; charset=utf-8"]);
      expect(text.match(/<main[^>]*>(.*)<\/main>/s)?.[1]).toBe(
        `<h1>Something went wrong here</h1><p>Tell the business this reference: ${line?.reference}.</p>`,
      );
      expect(text).not.toContain("D1");
    },
  );

  test("a program gets the same fault as problem details", async () => {
    world.quiet = true;
    world.database.lose({ 1: "before" });
    const answer = await world.fetch("/health");
    expect([answer.status, answer.headers.get("Vary")]).toEqual([500, "Accept"]);
    expect(await answer.json()).toMatchObject({ code: "internal", reference: expect.stringMatching(/^ref-/) });
  });
});
