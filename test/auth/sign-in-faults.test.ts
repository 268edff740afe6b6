import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { openBrowser } from "../support/oauth.ts";
import { BUYER, ORIGIN } from "../support/world.ts";

describeInWorld("sign-in, while the database fails", {}, (world) => {
  /** Signs in with the right password while one round trip to the database is lost. */
  async function signInWithout(trip: number) {
    const browser = openBrowser(world.send, ORIGIN);
    const page = await browser.get("/sign-in");
    world.database.reset();
    world.database.lose({ [trip]: "before" });
    const answer = await browser.submit(page, "/sign-in", { email: BUYER.email, password: BUYER.password });
    const trips = world.database.trips();
    world.database.reset();
    return { status: answer.status, text: await answer.text(), wasLost: trips >= trip };
  }

  test("is a fault with a reference, or done, whichever round trip is lost: never a wrong password", async () => {
    world.quiet = true;
    const statuses: number[] = [];
    for (let trip = 1; ; trip++) {
      const { status, text, wasLost } = await signInWithout(trip);
      if (!wasLost) break;
      statuses.push(status);
      expect([303, 500]).toContain(status);
      if (status === 500) expect(text).toMatch(/ref-[0-9a-f-]{36}/);
    }
    world.quiet = false;
    expect(statuses).toContain(500);
    expect((await signInWithout(1000)).status).toBe(303);
  });
});
