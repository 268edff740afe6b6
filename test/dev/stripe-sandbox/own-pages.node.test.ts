import { request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SECRET_KEY, startSandbox } from "./start.ts";
import { purchase, stripeAt } from "./stripe.ts";

let sandbox: Awaited<ReturnType<typeof startSandbox>>;

beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.stop());

/** A call with headers of its own, `Host` among them, which `fetch` sets by itself. */
const statusOf = (method: string, path: string, headers: Record<string, string>) =>
  new Promise<number | undefined>((resolve, reject) => {
    const call = request(new URL(path, sandbox.url).href, { method, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    call.once("error", reject).end();
  });

test("the stand-in answers under its own names alone, at its pages, its API and its control door", async () => {
  for (const path of ["/", "/health", "/v1/charges", "/_sandbox/calls", "/c/pay/cs_test_x"]) {
    for (const Host of ["evil.example", "localhost.evil.example", `evil.example:${sandbox.url.port}`]) {
      const headers = { Host, Authorization: `Bearer ${SECRET_KEY}` };
      expect([path, Host, await statusOf("GET", path, headers)]).toEqual([path, Host, 403]);
    }
  }
  for (const Host of [sandbox.url.host, `localhost:${sandbox.url.port}`, "sandbox.test"]) {
    expect([Host, await statusOf("GET", "/health", { Host })]).toEqual([Host, 200]);
  }
});

test("no form of another site pays, fails or moves the clock, and programs go on", async () => {
  const session = await stripeAt(sandbox.url).checkout.sessions.create(purchase());
  const { host, origin } = sandbox.url;
  for (const path of [
    `/c/pay/${session.id}`,
    "/_sandbox/reset",
    `/_sandbox/sessions/${session.id}/pay`,
    "/v1/charges",
  ]) {
    for (const headers of [
      { Origin: "https://evil.example" },
      { Origin: "null" },
      { "Sec-Fetch-Site": "cross-site", Origin: origin },
      { "Sec-Fetch-Site": "same-site" },
    ] as Record<string, string>[]) {
      expect([path, headers, await statusOf("POST", path, { Host: host, ...headers })]).toEqual([path, headers, 403]);
    }
  }
  const [open] = (await stripeAt(sandbox.url).checkout.sessions.list()).data;
  expect([open?.id, open?.status]).toEqual([session.id, "open"]);
  const own = await sandbox.fetcher(`/c/pay/${session.id}`, {
    method: "POST",
    headers: { Origin: origin },
    body: new URLSearchParams({ outcome: "paid", email: "a@example.com" }),
  });
  expect(own.status).toBeLessThan(400);
  expect(await statusOf("POST", "/_sandbox/reset", { Host: host })).toBeLessThan(300);
});
