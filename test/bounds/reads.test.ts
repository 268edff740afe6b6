import { beforeEach, expect, test } from "vitest";
import { BOUNDS } from "../../src/base/bounds.ts";
import { countersOn } from "../support/counters.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { BUYER } from "../support/world.ts";

const HERE = "203.0.113.7";
const THERE = "203.0.113.8";

/** A message of the protocol of 2025. */
const message = (method: string, id = 1) => ({ jsonrpc: "2.0", id, method, params: {} });

describeInWorld("bounds on reads", { reset: true }, (world) => {
  beforeEach(() => {
    world.restart(countersOn(world.clock));
    world.skew(120);
  });

  const get = (path: string, from: string, headers: Record<string, string> = {}) =>
    world.fetch(path, { headers: { "CF-Connecting-IP": from, ...headers } });
  const post = (path: string, from: string, body: unknown, headers: Record<string, string> = {}) =>
    world.fetch(path, {
      method: "POST",
      headers: {
        "CF-Connecting-IP": from,
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
        ...headers,
      },
      body: JSON.stringify(body),
    });
  /** The calls that are answered before the first 429; each refused call has touched no row. */
  async function answered(call: () => Promise<Response>, tries: number): Promise<number> {
    let taken = 0;
    for (let n = 0; n < tries; n++) {
      world.database.reset();
      const { status, headers } = await call();
      if (status !== 429) taken++;
      else expect([headers.get("Retry-After"), world.database.trips()]).toEqual(["60", n === taken ? 1 : 0]);
    }
    return taken;
  }

  test.each([
    "/commerce/source-data",
    "/affiliates/source-data",
    "/",
    "/offers",
    "/pricing",
    "/health",
    "/.well-known/commerce-receipts.json",
  ])("one network reads %s 240 times a minute, and another goes on", async (path) => {
    const most = BOUNDS.publicReads.most;
    expect(await answered(() => get(path, HERE), most + 5)).toBe(most);
    expect((await get(path, THERE)).status).toBe(200);
    const page = await get(path, HERE, { Accept: "text/html" });
    expect([page.status, page.headers.get("Retry-After")]).toEqual([429, "60"]);
    expect(await page.text()).toContain("Wait 60 seconds");
  });

  test.each([
    ["/sign-in", 200],
    ["/sign-up", 200],
    ["/forgot-password", 200],
    ["/authorize?client_id=unknown", 303],
    [`/verify-email/${"0".repeat(48)}`, 404],
    [`/api/commerce/checkout/redirect/${"0".repeat(32)}`, 404],
    [`/commerce/checkout/cancel/${"0".repeat(32)}`, 404],
    [`/commerce/checkout/success/${"0".repeat(32)}`, 404],
    [`/commerce/post-purchase/${"0".repeat(32)}`, 404],
  ])("one network loads %s 120 times a minute", async (path, status) => {
    const most = BOUNDS.visits.most;
    expect(await answered(() => get(path, HERE), most + 3)).toBe(most);
    expect((await get(path, THERE)).status).toBe(status);
  });

  test("the public endpoint counts each message of a batch", async () => {
    const call = () =>
      post(
        "/mcp/public",
        HERE,
        Array.from({ length: 10 }, (_, n) => message("tools/list", n)),
      );
    expect(await answered(call, 30)).toBe(BOUNDS.publicReads.most / 10);
    const refused = await call();
    expect(await refused.json()).toMatchObject({ error: { data: { code: "rate_limited", retryAfterSeconds: 60 } } });
    expect((await post("/mcp/public", THERE, message("tools/list"))).status).toBe(200);
  });

  test("a list is a call as a tool is, each message of a batch is one, and another account goes on", async () => {
    const token = await world.token(BUYER, "mcp");
    const batch = Array.from({ length: 20 }, (_, n) => message("tools/list", n));
    const call = () => post("/mcp", HERE, batch, { Authorization: `Bearer ${token}` });
    expect(await answered(call, 40)).toBe(BOUNDS.callsAnAccount.most / 20);
    const one = await post("/mcp", THERE, message("tools/list"), { Authorization: `Bearer ${token}` });
    expect(one.status).toBe(429);
  });

  test.each(["/mcp", "/api/commerce/checkout"])("made-up tokens at %s are counted by their network", async (path) => {
    const most = BOUNDS.publicReads.most;
    const guess = (from: string) =>
      post(path, from, message("tools/list"), { Authorization: `Bearer ${crypto.randomUUID()}` });
    const found: number[] = [];
    for (let n = 0; n < most + 3; n++) found.push((await guess(HERE)).status);
    expect(found.filter((status) => status === 401)).toHaveLength(most);
    expect(found.slice(-3)).toEqual([429, 429, 429]);
    expect((await guess(THERE)).status).toBe(401);
  });
});
