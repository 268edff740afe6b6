import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { openBrowser } from "../support/oauth.ts";
import type { Fault } from "../support/watched-database.ts";
import { BUYER, ORIGIN } from "../support/world.ts";

describeInWorld("sign-in, while the database fails", {}, (world) => {
  /** Signs in with the right password while one round trip to the database is lost. */
  async function signInWithout(trip: number, fault: Fault) {
    const browser = openBrowser(world.send, ORIGIN);
    const page = await browser.get("/sign-in");
    world.database.reset();
    world.database.lose({ [trip]: fault });
    const answer = await browser.submit(page, "/sign-in", { email: BUYER.email, password: BUYER.password });
    const wasLost = world.database.trips() >= trip;
    world.database.reset();
    return { status: answer.status, text: await answer.text(), wasLost };
  }

  test.each(["before", "after"] as const)(
    "is a fault with a reference, whichever round trip is lost %s it ran: never a wrong password",
    async (fault) => {
      world.quiet = true;
      let trip = 1;
      for (; ; trip++) {
        const { status, text, wasLost } = await signInWithout(trip, fault);
        if (!wasLost) break;
        expect([trip, status]).toEqual([trip, 500]);
        expect(text).toMatch(/ref-[0-9a-f-]{36}/);
      }
      world.quiet = false;
      expect(trip).toBeGreaterThan(2);
      expect((await signInWithout(1000, fault)).status).toBe(303);
    },
  );
});
