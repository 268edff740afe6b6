import { beforeAll, expect, test } from "vitest";
import { openApiPath } from "../../src/http/openapi-document.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Describer, describer, isOtherProtocol } from "../support/described.ts";
import { describedFetch } from "../support/described-fetch.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { ORIGIN, OWNER } from "../support/world.ts";

describeInWorld("the OpenAPI document", {}, (world) => {
  test("is served to programs of every site, once and then confirmed as unchanged", async () => {
    const first = await world.fetch("/openapi.json");
    expect([first.status, first.headers.get("Content-Type")]).toEqual([200, "application/json"]);
    expect(first.headers.get("Access-Control-Allow-Origin")).toBe("*");
    const text = await first.text();
    expect(JSON.parse(text)).toEqual(world.app().served.openApi());
    expect(text).not.toContain("$schema");
    expect(text.toLowerCase()).not.toContain("bumpgrade");
    const etag = first.headers.get("ETag") ?? "";
    const second = await world.fetch("/openapi.json", { headers: { "If-None-Match": etag } });
    expect([second.status, await second.text(), second.headers.get("ETag")]).toEqual([304, "", etag]);
    const preflight = await world.fetch("/openapi.json", { method: "OPTIONS" });
    expect([preflight.status, preflight.headers.get("Access-Control-Allow-Origin")]).toEqual([204, "*"]);
    for (const path of ["/", "/commerce/source-data", "/affiliates/source-data"]) {
      const link = (await world.fetch(path)).headers.get("Link");
      expect([path, link]).toEqual([path, '</openapi.json>; rel="service-desc"; type="application/json"']);
    }
  });

  test("has each route that answers programs, and no other", async () => {
    const { routes, openApi } = world.app().served;
    const nameOf = (method: string, path: string) => `${method.toUpperCase()} ${openApiPath(path)}`;
    const described = new Set(
      Object.entries(openApi().paths).flatMap(([path, operations]) =>
        Object.keys(operations).map((method) => nameOf(method, path)),
      ),
    );
    const served = routes.map(({ method, path }) => nameOf(method, path));
    expect([...described].filter((name) => !served.includes(name))).toEqual([]);

    const owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    const cookie = [...owner.cookies].map((pair) => pair.join("=")).join("; ");
    const rest = [...new Map(routes.map((route) => [nameOf(route.method, route.path), route]))].filter(
      ([name, { method, path }]) =>
        !described.has(name) && !(method === "ALL" && path === "/*") && method !== "OPTIONS",
    );
    expect(rest.length).toBeGreaterThan(60);
    const undescribed: string[] = [];
    for (const [name, { method, path }] of rest) {
      const at = path.replace(/:\w+\{\[0-9a-f\]\{48\}\}/, "0".repeat(48)).replace(/:\w+/g, "absent");
      if (isOtherProtocol(at.replace("*", "x"))) continue;
      // No program is refused by a page; what refuses one with problem details is for programs.
      for (const headers of [{ Accept: "application/json" }, { Accept: "application/json", Cookie: cookie }]) {
        const answer = await world.fetch(at, { method, headers, redirect: "manual" });
        const isPage = answer.headers.get("Content-Type")?.startsWith("text/html") || answer.status === 303;
        if (!isPage) undescribed.push(`${name}: ${answer.status} ${await answer.text()}`);
      }
    }
    expect(undescribed).toEqual([]);
  });

  test("has nothing of the parts that a business does not use", async () => {
    const whole = JSON.stringify(world.app().served.openApi());
    const foreign = /affiliat|referral|commission|upsell|subscri|plan[-_ ]|upload|revocation|entitlement/gi;
    expect(new Set(whole.match(foreign)).size).toBeGreaterThan(5);
    world.restart({ BUSINESS_PARTS: "offers" });
    try {
      const document = world.app().served.openApi();
      expect(JSON.stringify(document).match(foreign)).toBeNull();
      expect(document.paths).toHaveProperty("/api/commerce/checkout.post.operationId", "start_checkout");
      const { oauth } = document.components.securitySchemes as { oauth: { flows: { authorizationCode: object } } };
      expect(oauth.flows.authorizationCode).toMatchObject({ scopes: { "checkout:write": expect.any(String) } });
      expect(await (await world.fetch("/openapi.json")).json()).toEqual(document);
    } finally {
      world.restart();
    }
  });

  describeSpoiled();

  /** The check of every answer of the suite (`describedFetch`) has to be able to fail. */
  function describeSpoiled() {
    let check: Describer;
    beforeAll(() => {
      check = describer(world.app().served.openApi());
    });

    const problem = { type: "about:blank", title: "Not found", status: 404, code: "not_found", detail: "Nothing." };
    const problemAnswer = (body: unknown, type = "application/problem+json", status = 404) =>
      Response.json(body, { status, headers: { "Content-Type": type } });
    const operation = new Request(`${ORIGIN}/api/operations/x`);

    test.each<[string, Request, Response, string | undefined, string[]]>([
      ["as described", operation, problemAnswer(problem), undefined, []],
      [
        "a member that is not described",
        operation,
        problemAnswer({ ...problem, cause: "x" }),
        undefined,
        ['#: Property "cause" does not match additional properties schema.', "#/cause: False boolean schema."],
      ],
      [
        "a code of another status",
        operation,
        problemAnswer({ ...problem, code: "stale_state" }),
        undefined,
        [expect.stringContaining("#/code")],
      ],
      [
        "a code that is missing",
        operation,
        problemAnswer({ ...problem, code: undefined }),
        undefined,
        [expect.stringContaining("code")],
      ],
      [
        "another content type",
        operation,
        problemAnswer(problem, "application/json"),
        undefined,
        ["application/json is not described for 404"],
      ],
      [
        "a status that is not described",
        operation,
        problemAnswer(problem, "application/problem+json", 418),
        undefined,
        ["status 418 is not described"],
      ],
      [
        "a challenge that is missing",
        operation,
        problemAnswer({ ...problem, status: 401, code: "unauthenticated" }, "application/problem+json", 401),
        undefined,
        ["WWW-Authenticate is missing"],
      ],
      [
        "a method that is not described",
        new Request(`${ORIGIN}/api/operations/x`, { method: "DELETE" }),
        Response.json({}),
        undefined,
        ["the method is not described, and answered 200"],
      ],
      [
        "JSON at a path that is not described",
        new Request(`${ORIGIN}/api/other`),
        Response.json({}),
        undefined,
        ["no path of the document answers application/json"],
      ],
      [
        "a request that was taken and is not described",
        new Request(`${ORIGIN}/api/affiliates/clicks`, { method: "POST" }),
        Response.json(
          {
            duplicate: false,
            status: "recorded",
            referralClickId: "c",
            referralLinkId: "l",
            referralCode: "C",
            partnerId: "p",
            destinationRoute: "/",
          },
          { status: 201 },
        ),
        '{"idempotencyKey":"k"}',
        [expect.stringContaining("destinationRoute")],
      ],
    ])("finds in an answer: %s", async (_, request, response, sent, faults) => {
      expect(await check.faults(request, response, sent)).toEqual(faults);
    });

    test("a test that gets such an answer fails at once", async () => {
      const app = world.app();
      const spoiled = { ...app, fetch: async () => Response.json({ status: "fine" }) };
      const call = () => describedFetch(spoiled, new Request(`${ORIGIN}/health`), {} as ExecutionContext);
      await expect(call()).rejects.toThrow("not as /openapi.json says");
    });
  }
});
