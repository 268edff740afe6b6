import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";

describeInWorld("a request for a token", {}, (world) => {
  test("with a malformed client id is 401, with a challenge only where it used Basic (RFC 6749, section 5.2)", async () => {
    const ask = (headers: Record<string, string>) =>
      world.fetch("/oauth/token", {
        method: "POST",
        headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
        body: new URLSearchParams({ grant_type: "authorization_code", code: "x", client_id: "a client" }),
      });
    const basic = await ask({ Authorization: `Basic ${btoa("a client:secret")}` });
    expect([basic.status, basic.headers.get("WWW-Authenticate")]).toEqual([
      401,
      'Basic realm="OAuth", charset="UTF-8"',
    ]);
    expect(await basic.json()).toMatchObject({ error: "invalid_client" });
    const posted = await ask({});
    expect([posted.status, posted.headers.get("WWW-Authenticate")]).toEqual([401, null]);
  });

  test.each(["GET", "PUT", "DELETE"])("by %s is refused with 405", async (method) => {
    const answer = await world.fetch("/oauth/token", { method });
    expect([answer.status, answer.headers.get("Allow")]).toEqual([405, "POST, OPTIONS"]);
    expect(await answer.json()).toMatchObject({ error: "invalid_request" });
  });

  test("of more than 16 KiB is refused with 413", async () => {
    const ask = (characters: number) =>
      world.fetch("/oauth/token", {
        method: "POST",
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
        body: `code=${"x".repeat(characters)}`,
      });
    const tooLarge = await ask(16 * 1024);
    expect([tooLarge.status, await tooLarge.json()]).toEqual([
      413,
      { error: "invalid_request", error_description: "The request is too large" },
    ]);
    expect((await ask(16 * 1024 - "code=".length)).status).toBe(401);
  });
});
