import { beforeAll, expect, test } from "vitest";
import { openKeys } from "../../src/auth/keys.ts";
import { openPeople } from "../../src/auth/people.ts";
import { openSecrets } from "../../src/base/secrets.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { type AuthServer, BUYER, ORIGIN, startAuth } from "./server.ts";

let server: AuthServer;
beforeAll(async () => {
  server = await startAuth();
});

/** What of the library's is open, behind checks of ours. */
const OPEN = ["GET /get-session", "POST /sign-out", "POST /sign-in/email", "POST /sign-up/email"];

/** Every route that the library would serve, by its own list. */
function routes(): string[] {
  const { api } = openPeople({ publicUrl: ORIGIN, db: server.db, keys: openKeys(openSecrets(["x".repeat(32)])) });
  return Object.values(api)
    .flatMap((endpoint) => {
      const { path, options } = endpoint as { path?: string; options: { method: string | readonly string[] } };
      return path === undefined ? [] : [options.method].flat().map((method) => `${method} ${path}`);
    })
    .toSorted();
}

test("these are the library's routes: a new one is decided on before it is added here", () => {
  expect(routes()).toEqual([
    "GET /account-info",
    "GET /callback/:id",
    "GET /delete-user/callback",
    "GET /error",
    "GET /get-session",
    "GET /list-accounts",
    "GET /list-sessions",
    "GET /ok",
    "GET /reset-password/:token",
    "GET /verify-email",
    "POST /callback/:id",
    "POST /change-email",
    "POST /change-password",
    "POST /delete-user",
    "POST /get-access-token",
    "POST /get-session",
    "POST /link-social",
    "POST /refresh-token",
    "POST /request-password-reset",
    "POST /reset-password",
    "POST /revoke-other-sessions",
    "POST /revoke-session",
    "POST /revoke-sessions",
    "POST /send-verification-email",
    "POST /sign-in/email",
    "POST /sign-in/social",
    "POST /sign-out",
    "POST /sign-up/email",
    "POST /unlink-account",
    "POST /update-session",
    "POST /update-user",
    "POST /verify-password",
  ]);
});

test("none of them opens but the four, signed in or not, from a page of ours or a script", async () => {
  const browser = openBrowser(server.send, ORIGIN);
  await signIn(browser, BUYER);
  const cookie = [...browser.cookies].map((pair) => pair.join("=")).join("; ");
  const closed = routes().filter((route) => !OPEN.includes(route));
  expect(closed.length).toBeGreaterThan(20);
  for (const route of closed) {
    const [method = "", path = ""] = route.split(" ");
    const shapes = [path, `${path}/`, path.toUpperCase(), `/${path}`, `/.${path}`].map((shape) =>
      shape.replaceAll(/:\w+/g, "x"),
    );
    for (const shape of shapes) {
      for (const headers of [{}, { Cookie: cookie, Origin: ORIGIN, "Sec-Fetch-Site": "same-origin" }]) {
        const body =
          method === "GET" ? {} : { body: "{}", headers: { ...headers, "Content-Type": "application/json" } };
        const request = new Request(`${ORIGIN}/api/auth${shape}`, { method, headers, ...body });
        const answer = await server.send(request);
        expect([route, shape, answer.status]).toEqual([route, shape, 404]);
        expect(await answer.json()).toMatchObject({ code: "NOT_FOUND" });
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
    }
  }
  expect((await browser.get("/account")).status).toBe(200);
});

test("the open four take no other method", async () => {
  for (const route of OPEN) {
    const [own, path] = route.split(" ");
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].filter((other) => other !== own)) {
      const answer = await server.send(new Request(`${ORIGIN}/api/auth${path}`, { method }));
      expect([method, path, answer.status]).toEqual([method, path, 404]);
    }
  }
});
