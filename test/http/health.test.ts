import { applyD1Migrations } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { openWorld } from "../support/world.ts";

describe("GET /health", () => {
  const world = openWorld();
  const health = async () => {
    const answer = await world.fetch("/health");
    return { status: answer.status, body: await answer.json() };
  };

  test("without tables, without the business, with it, and without the database", async () => {
    world.quiet = true;
    expect(await health()).toMatchObject({ status: 500, body: { code: "internal" } });
    await applyD1Migrations(world.db, world.bindings.MIGRATIONS);
    expect(await health()).toEqual({
      status: 503,
      body: { status: "not_ready", detail: "The business is not seeded." },
    });
    await world.seed({});
    expect(await health()).toEqual({ status: 200, body: { status: "ok" } });
    world.restart({ BUSINESS_OWNER_USER_ID: "user-of-another-business" });
    expect((await health()).status).toBe(503);
    world.restart();
    world.database.reset();
    world.database.lose({ 1: "before", 2: "before", 3: "before" });
    expect(await health()).toMatchObject({ status: 500, body: { code: "internal" } });
    world.database.reset();
    expect((await health()).status).toBe(200);
  });
});
